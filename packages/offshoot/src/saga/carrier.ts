// Who carries one saga from outcome to outcome, and stops where it must wait?
import { jsonCopy } from '../contract/index.ts';
import { asOffshootError } from '../error/index.ts';
import { type DocumentChange, one, runUnit } from '../store/index.ts';
import type { Also, StepCall } from './context.ts';
import type { CallStep, SagaDefinition, Step } from './definition.ts';
import {
  arrivalId,
  arrivals,
  type Direction,
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
  afterStepDeadline,
  hasEnded,
  isForgotten,
  isForward,
  isLate,
  isStepLate,
  paused,
} from './machine.ts';
import {
  arrivalNeeds,
  causeOf,
  commit,
  doneWith,
  journaled,
  type Move,
  type MoveContext,
  made,
  needsOf,
  type Saga,
  type Seen,
} from './move.ts';
import { begun, ended, type WaitingStep } from './wait.ts';

export interface CarrierOptions {
  readonly context: MoveContext;
  readonly definitionOf: (record: SagaRecord) => SagaDefinition | undefined;
  readonly stopping: AbortSignal;
  /** A saga waits for a person from now on. */
  readonly onPaused: (saga: Saga) => void;
}

/**
 * What became of one look at a saga: it moved, and is known or to be read again; it has to wait
 * until a time; or it is at rest, or somebody else's.
 */
type Moved = Seen | 'on' | undefined | { readonly due: number };

const STUCK_MS = 1_000;

/**
 * Makes the function that carries a saga on until it rests (resolves with undefined) or waits for
 * a time (resolves with it, milliseconds since 1970). It never rejects.
 */
export function carrier({ context, definitionOf, stopping, onPaused }: CarrierOptions) {
  const { runtime, logger, service, notes, ownership } = context;

  const read = async (id: string) => {
    const needs = () => ({ saga: one(sagas, id), signal: one(signals, id) });
    const { value } = await runUnit(context, needs, ({ saga, signal }) => ({
      value: saga && { saga, cancelled: signal !== undefined },
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
    const hasResult = outcome.kind === 'result' && isForward(saga.data);
    const turned = () => afterCancelOnTheWay(definition, planned, runtime.now());
    return {
      ...{ definition, saga },
      // Before the pivot a cancel may turn the saga round: then it needs another ending.
      onlyForward: planned.index > definition.pivot && isForward(saga.data),
      next: ({ cancelled }) => (cancelled && hasResult ? turned() : planned),
      written(next) {
        const code = outcome.kind === 'result' ? {} : { code: outcome.code };
        return journaled({ definition, saga }, { kind: outcome.kind, ...code }, next);
      },
    };
  };

  const gaveUp = (definition: SagaDefinition, saga: Saga, code: string, next: SagaRecord) =>
    commit(moveOf(definition, saga, { kind: 'unknown', code }, next), context);

  /** A definition that cannot say what to do is a bug: tried again, until a person has to look. */
  const cannot = (definition: SagaDefinition, saga: Saga, step: Step, error: unknown) => {
    const { data: record, id } = saga;
    const what = { saga: record.saga, step: step.name, id };
    logger.error('a saga step cannot be made', { ...what, error: String(error) });
    const outcome: Outcome = { kind: 'unknown', code: 'BAD_DEFINITION' };
    const next = afterOutcome(definition, record, outcome, runtime.now());
    return gaveUp(definition, saga, outcome.code, next);
  };

  const callOf = (saga: Saga, step: Step, direction: Direction): StepCall => {
    const { id, data: record } = saga;
    const what = direction === 'forward' ? (step as CallStep) : step.compensate!;
    const given = { sagaId: id, input: record.input, results: record.results };
    const key = stepKey(id, step.name, direction);
    return { operation: what.operation, input: what.input(given), key, ...causeOf(saga) };
  };

  const attempt = (definition: SagaDefinition, saga: Saga, step: Step): Promise<Moved> => {
    const { data: record } = saga;
    let call: StepCall;
    try {
      call = callOf(saga, step, isForward(record) ? 'forward' : 'back');
    } catch (error) {
      return cannot(definition, saga, step, error);
    }
    const { operation } = call;
    const isOwn = operation.service === service && operation.kind === 'command';
    const memoryMs = step.kind === 'call' ? step.remembersMs : undefined;
    const mayForget = operation.kind === 'command' && (!isOwn || memoryMs !== undefined);
    if (mayForget && isForgotten(record, runtime.now(), memoryMs)) {
      const code = 'OUTCOME_UNKNOWN';
      return gaveUp(definition, saga, code, paused(record, code, runtime.now()));
    }
    const after = (given: Outcome): Move => {
      // As the store will have it: later steps see the same before a crash and after it, and
      // nothing that the handler or the parser holds on to.
      const outcome = jsonCopy(given) as Outcome;
      const next = afterOutcome(definition, record, outcome, runtime.now());
      return moveOf(definition, saga, outcome, next);
    };
    const commitAfter = (outcome: Outcome) => commit(after(outcome), context);
    if (!isOwn) return context.call(call).then(commitAfter);
    let joined: Moved = 'on';
    const also: Also = {
      needs: () => needsOf({ definition, saga }),
      change(outcome, loaded, stamp) {
        const moved = made(after(outcome), context, loaded, stamp);
        joined = moved;
        return moved.change;
      },
    };
    return context
      .local(call, also)
      .then((outcome) => (outcome === undefined ? joined : commitAfter(outcome)));
  };

  /** No release that runs knows this version: seen by a person, and found again by one that does. */
  const strand = async (saga: Saga): Promise<Moved> => {
    if (!(await ownership.isAbandoned(saga.data))) return undefined;
    const { waits } = saga.data;
    const stuck = paused(saga.data, 'VERSION_UNKNOWN', runtime.now());
    const next = waits ? { ...stuck, waits } : stuck;
    const definition = { steps: [], awaited: [], compensated: undefined } as never;
    const written = () => journalVersion(saga.id, next);
    return commit({ definition, saga, next: () => next, written }, context);
  };

  const look = async (
    definition: SagaDefinition,
    saga: Saga,
    step: WaitingStep,
    cancelled: boolean,
  ): Promise<Moved> => {
    const waiter = { definition, saga, step, now: runtime.now(), notes };
    const needs = () => ({ arrival: one(arrivals, arrivalId(step.name, saga.id)) });
    const { value: arrival } = await runUnit(context, needs, (seen) => ({ value: seen.arrival }));
    const move = ended(waiter, { cancelled, arrival });
    return move && commit(move, context);
  };

  const rest = async (
    definition: SagaDefinition,
    saga: Saga,
    step: WaitingStep,
  ): Promise<Moved> => {
    let move: Move;
    try {
      move = begun({ definition, saga, step, now: runtime.now(), notes });
    } catch (error) {
      return cannot(definition, saga, step, error);
    }
    return commit(move, context);
  };

  /** Moves the saga on by one outcome. */
  const move = (saga: Saga, cancelled: boolean): Promise<Moved> => {
    const { data: record } = saga;
    const definition = definitionOf(record);
    if (!definition) return strand(saga);
    const step = definition.steps[record.index]!;
    const now = runtime.now();
    if (record.status === 'waiting') return look(definition, saga, step as WaitingStep, cancelled);
    const stopped = cancelled ? afterCancel(definition, record, now) : record;
    if (stopped !== record) return gaveUp(definition, saga, 'CANCELLED', stopped);
    if (record.due > now) return Promise.resolve({ due: record.due });
    const late = 'DEADLINE_EXCEEDED';
    if (isLate(definition, record, now))
      return gaveUp(definition, saga, late, afterDeadline(definition, record, now));
    if (isStepLate(definition, record, now))
      return gaveUp(definition, saga, late, afterStepDeadline(definition, record, now));
    const waits = step.kind !== 'call' && record.status === 'running';
    return waits ? rest(definition, saga, step) : attempt(definition, saga, step);
  };

  /** What was said to a saga that has ended is dropped. */
  const tidy = async ({ id, data }: Saga): Promise<void> => {
    const definition = definitionOf(data);
    if (!definition) return;
    await runUnit(
      context,
      () => arrivalNeeds(definition, id),
      (loaded) => {
        const documents: DocumentChange[] = doneWith(definition, id, loaded);
        if (documents.length === 0) return { value: undefined };
        const stamp = context.stamp(causeOf({ id, data, revision: 0 }));
        return { change: { appends: [], documents, stamp }, value: undefined };
      },
    );
  };

  /** Its own to carry; or of a version that is nobody's here, and perhaps nowhere. */
  const isMine = ({ id, data }: Saga): boolean =>
    ownership.owns(id, data) || definitionOf(data) === undefined;

  const carryOn = async (id: string): Promise<number | undefined> => {
    let seen = await read(id);
    for (let hasMoved = false; seen && !stopping.aborted && isMine(seen.saga); hasMoved = true) {
      const { saga, cancelled } = seen;
      const { status } = saga.data;
      if (status === 'paused' && hasMoved) onPaused(saga);
      if (hasEnded(saga.data) && !hasMoved) await tidy(saga);
      // What comes for one that has just begun to wait wakes it: the commit saw that nothing had.
      const rests =
        status === 'paused' || hasEnded(saga.data) || (status === 'waiting' && hasMoved);
      if (rests) return undefined;
      const moved: Moved = await move(saga, cancelled);
      if (moved === undefined) return undefined;
      if (moved !== 'on' && 'due' in moved) return moved.due;
      seen = moved === 'on' ? await read(id) : moved;
    }
    return undefined;
  };

  return async (id: string): Promise<number | undefined> => {
    try {
      return await carryOn(id);
    } catch (error) {
      // Fenced: another replica owns it now, and carries it.
      if (stopping.aborted || asOffshootError(error).code === 'FENCED') return undefined;
      logger.error('saga stuck', { saga: id, service, error: String(error) });
      return runtime.now() + STUCK_MS;
    }
  };
}
