// Who carries one saga from outcome to outcome, and stops where it must wait?
import { one, runUnit } from '../store/index.ts';
import type { SagaContext, StepCall } from './context.ts';
import type { SagaDefinition, Step } from './definition.ts';
import {
  type Direction,
  journal,
  journalVersion,
  type Outcome,
  type SagaRecord,
  sagas,
  signals,
  stepKey,
} from './journal.ts';
import {
  afterCancel,
  afterCancelOnTheWay,
  afterDeadline,
  afterOutcome,
  isForgotten,
  isOpen,
  paused,
} from './machine.ts';
import { causeOf, changeOf, commit, type Move, needsOf, type Saga } from './move.ts';

export interface CarrierOptions {
  readonly context: SagaContext;
  readonly definitionOf: (record: SagaRecord) => SagaDefinition | undefined;
  readonly stopping: AbortSignal;
  /** A saga waits for a person from now on. */
  readonly onPaused: (saga: Saga) => void;
}

/** What became of one look at a saga: it moved, it has to wait until a time, or it is at rest. */
type Moved = 'on' | 'rest' | { readonly due: number };

const STUCK_MS = 1_000;

/**
 * Makes the function that carries a saga on until it rests (resolves with undefined) or waits for
 * a time (resolves with it, milliseconds since 1970). It never rejects.
 */
export function carrier({ context, definitionOf, stopping, onPaused }: CarrierOptions) {
  const { runtime, logger, service } = context;

  const read = async (id: string) => {
    const needs = () => ({ saga: one(sagas, id), signal: one(signals, id) });
    const { value } = await runUnit(context, needs, ({ saga, signal }) => ({
      value: { saga, cancelled: signal !== undefined },
    }));
    return value;
  };

  /** A move that journals an outcome of the current step. */
  const moveOf = (
    definition: SagaDefinition,
    saga: Saga,
    outcome: Outcome,
    planned: SagaRecord,
  ): Move => {
    const { id, data: record } = saga;
    const direction: Direction = record.status === 'running' ? 'forward' : 'back';
    const step = definition.steps[record.index]!.name;
    const code = outcome.kind === 'result' ? {} : { code: outcome.code };
    return {
      ...{ definition, saga },
      // Before the pivot a cancel may turn the saga round: then it needs another ending.
      onlyForward: planned.index > definition.pivot && direction === 'forward',
      next: (cancelled) =>
        cancelled && outcome.kind === 'result' && direction === 'forward'
          ? afterCancelOnTheWay(definition, planned, runtime.now())
          : planned,
      written: ({ status }) =>
        journal(id, {
          saga: record.saga,
          definitionVersion: record.version,
          direction,
          attempts: record.attempts + 1,
          outcome: { kind: outcome.kind, ...code },
          status,
          step,
          key: stepKey(id, step, direction),
        }),
    };
  };

  const gaveUp = (definition: SagaDefinition, saga: Saga, code: string, next: SagaRecord) =>
    commit(moveOf(definition, saga, { kind: 'unknown', code }, next), context);

  /** What to send. A definition that cannot say what is a bug, which a person has to see. */
  const callOf = (saga: Saga, step: Step, direction: Direction): StepCall | undefined => {
    const { id, data: record } = saga;
    const what = direction === 'forward' ? step : step.compensate;
    if (!what) return undefined;
    const given = { sagaId: id, input: record.input, results: record.results };
    const key = stepKey(id, step.name, direction);
    try {
      return { operation: what.operation, input: what.input(given), key, ...causeOf(saga) };
    } catch (error) {
      const { saga: name } = record;
      logger.error('a saga step has no input', {
        saga: name,
        step: step.name,
        id,
        error: `${error}`,
      });
      return undefined;
    }
  };

  const attempt = async (definition: SagaDefinition, saga: Saga, step: Step): Promise<boolean> => {
    const { data: record } = saga;
    const call = callOf(saga, step, record.status === 'running' ? 'forward' : 'back');
    const after = (outcome: Outcome): Move =>
      moveOf(definition, saga, outcome, afterOutcome(definition, record, outcome, runtime.now()));
    if (!call) return commit(after({ kind: 'unknown', code: 'BAD_DEFINITION' }), context);
    const { operation } = call;
    const isOwn = operation.service === service && operation.kind === 'command';
    if (!isOwn && operation.kind === 'command' && isForgotten(record, runtime.now())) {
      const code = 'OUTCOME_UNKNOWN';
      return gaveUp(definition, saga, code, paused(record, code, runtime.now()));
    }
    if (!isOwn) return commit(after(await context.call(call)), context);
    const outcome = await context.local(call, {
      needs: () => needsOf({ ...after({ kind: 'result', value: null }), onlyForward: false }),
      change: (made, loaded, stamp) => changeOf(after(made), context, loaded, stamp),
    });
    return outcome === undefined || commit(after(outcome), context);
  };

  /** No definition of this version is here: seen by a person, and found again by a later start. */
  const strand = (saga: Saga): Promise<boolean> => {
    const next = paused(saga.data, 'VERSION_UNKNOWN', runtime.now());
    const definition = { steps: [], compensated: undefined, completed: undefined } as never;
    const written = () => journalVersion(saga.id, next);
    return commit({ definition, saga, next: () => next, written }, context);
  };

  /** Moves the saga on by one outcome. */
  const move = async (saga: Saga, cancelled: boolean): Promise<Moved> => {
    const { data: record } = saga;
    const settled = (done: boolean): Moved => (done ? 'on' : 'rest');
    const definition = definitionOf(record);
    if (!definition) return settled(await strand(saga));
    const now = runtime.now();
    const stopped = cancelled ? afterCancel(definition, record, now) : record;
    if (stopped !== record) return settled(await gaveUp(definition, saga, 'CANCELLED', stopped));
    if (record.due > now) return { due: record.due };
    const isForward = record.status === 'running' && record.index < definition.pivot;
    if (isForward && now >= record.deadline) {
      const next = afterDeadline(definition, record, now);
      return settled(await gaveUp(definition, saga, 'DEADLINE_EXCEEDED', next));
    }
    return settled(await attempt(definition, saga, definition.steps[record.index]!));
  };

  return async (id: string): Promise<number | undefined> => {
    let moved: Moved = 'rest';
    while (!stopping.aborted) {
      try {
        const { saga, cancelled } = await read(id);
        if (!saga || !isOpen(saga.data)) {
          if (saga?.data.status === 'paused' && moved === 'on') onPaused(saga);
          return undefined;
        }
        moved = await move(saga, cancelled);
      } catch (error) {
        if (stopping.aborted) return undefined;
        logger.error('saga stuck', { saga: id, service, error: String(error) });
        return runtime.now() + STUCK_MS;
      }
      if (moved === 'rest') return undefined;
      if (moved !== 'on') return moved.due;
    }
    return undefined;
  };
}
