// Who carries a saga from step to step, through crashes, to its end?
import type { Operation } from '../contract/index.ts';
import { badDefinition } from '../error/index.ts';
import {
  type Change,
  type Document,
  type DocumentChange,
  eachWhere,
  type Needs,
  one,
  put,
  remove,
  runUnit,
  type SagaSignal,
  type SagaStart,
  type Stamp,
  type UnitContext,
  type UnitOfWork,
} from '../store/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { Ending, SagaDefinition, Step } from './definition.ts';
import {
  journal,
  journalStart,
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
  isOpen,
} from './machine.ts';

/** Sagas of one service that are carried at the same time; the others wait in the store. */
const DRIVEN_MAX = 512;
const STUCK_MS = 1_000;

export interface StepCall {
  readonly operation: Operation<any, any, any, any>;
  readonly input: unknown;
  readonly key: string;
  readonly correlation: string;
  readonly causation: string;
  readonly traceparent: string;
}

/** What joins the commit of a command that a saga runs on its own service. */
export interface Also {
  readonly needs: () => Needs;
  /** `stamp` is the command's: what joins its commit happened when it happened. */
  readonly change: (outcome: Outcome, loaded: any, stamp: Stamp) => Change;
}

/** What the engine needs from the service that owns it. */
export interface SagaContext extends UnitContext {
  readonly service: string;
  readonly logger: Logger;
  stamp(cause: { correlation: string; causation: string; traceparent: string }): Stamp;
  /** A unit's timers as the documents that they are; an ending starts and signals no sagas. */
  lower(unit: Omit<UnitOfWork, 'reply'>, stamp: Stamp): Change;
  /** Calls an operation of any service. Never throws. */
  call(step: StepCall): Promise<Outcome>;
  /**
   * Runs a command of this very service so that what `also` makes of its outcome is in the same
   * commit. `undefined` = it had been done before: nothing was committed now.
   */
  local(step: StepCall, also: Also): Promise<Outcome | undefined>;
}

export interface SagaEngine {
  /** A start as the change it is: part of the accepting unit. */
  lower(start: SagaStart, stamp: Stamp): Change;
  /** A signal as the change it is: heard before the saga's next step. */
  lowerSignal(signal: SagaSignal, stamp: Stamp): DocumentChange;
  /** Picks up every open saga. */
  start(): Promise<void>;
  stop(): void;
  readonly driving: number;
}

export function sagaEngine(
  definitions: readonly SagaDefinition[],
  context: SagaContext,
): SagaEngine {
  const { runtime, store, logger, service } = context;
  const known = new Map(definitions.map((one) => [`${one.name}/${one.version}`, one]));
  const active = new Set<string>();
  const queue: string[] = [];
  const stopping = new AbortController();

  interface Seen {
    readonly saga: Document<SagaRecord> | undefined;
    readonly cancelled: boolean;
  }

  const read = async (id: string): Promise<Seen> => {
    const needs = () => ({ saga: one(sagas, id), signal: one(signals, id) });
    const { value } = await runUnit(context, needs, ({ saga, signal }) => ({
      value: { saga, cancelled: signal !== undefined },
    }));
    return value;
  };

  const causeOf = (id: string, record: SagaRecord) => ({
    correlation: record.correlation,
    causation: id,
    traceparent: record.traceparent,
  });

  const endingOf = (definition: SagaDefinition, next: SagaRecord): Ending<any, any> | undefined =>
    next.status === 'compensated'
      ? definition.compensated
      : next.status === 'completed'
        ? definition.completed
        : undefined;

  /** What an ending reads, whichever it will be. */
  const endingNeeds = (
    definition: SagaDefinition,
    saga: Document<SagaRecord>,
    next?: SagaRecord,
  ): Needs => {
    const given = { input: saga.data.input, sagaId: saga.id };
    const endings = next
      ? [endingOf(definition, next)]
      : [definition.compensated, definition.completed];
    const loads = endings.map((ending) => ending?.load?.(given) ?? {});
    return Object.assign({ 'offshoot.signal': one(signals, saga.id) }, ...loads);
  };

  /** The journal entry, the record, and, where the saga ends, what its ending decides. */
  const changeFor = (
    definition: SagaDefinition,
    saga: Document<SagaRecord>,
    planned: SagaRecord,
    entry: { step: string; key: string; outcome: Outcome },
    loaded: any,
    stamp = context.stamp(causeOf(saga.id, saga.data)),
  ): Change => {
    const { id, data: record } = saga;
    const { outcome, ...rest } = entry;
    const cancelled = loaded['offshoot.signal'] !== undefined;
    const onTheWay = cancelled && outcome.kind === 'result';
    const next = onTheWay ? afterCancelOnTheWay(definition, planned) : planned;
    const code = outcome.kind === 'result' ? {} : { code: outcome.code };
    const written = journal(id, {
      saga: record.saga,
      definitionVersion: record.version,
      direction: record.status === 'running' ? 'forward' : 'back',
      attempts: record.attempts + 1,
      outcome: { kind: outcome.kind, ...code },
      status: next.status,
      ...rest,
    });
    const ending = endingOf(definition, next);
    const { input } = record;
    const { reason } = next;
    const unit =
      ending?.decide({ sagaId: id, input, reason, cancelled, loaded, at: stamp.at }) ?? {};
    const { appends, documents } = context.lower(unit, stamp);
    const heard = cancelled && !isOpen(next) ? [remove(signals, id)] : [];
    return {
      appends: [written, ...appends],
      documents: [put(sagas, id, next, saga.revision), ...heard, ...documents],
      stamp,
    };
  };

  /** Journals an outcome; false when somebody else moved the saga first. */
  const commit = async (
    definition: SagaDefinition,
    saga: Document<SagaRecord>,
    next: SagaRecord,
    entry: { step: string; key: string; outcome: Outcome },
  ): Promise<boolean> => {
    const needs = () => ({
      'offshoot.saga': one(sagas, saga.id),
      // Before the pivot a cancel may turn the saga round: then it needs another ending.
      ...endingNeeds(definition, saga, next.index > definition.pivot ? next : undefined),
    });
    const { value } = await runUnit(context, needs, (loaded) => {
      const now = loaded['offshoot.saga'] as Document<SagaRecord> | undefined;
      if (now?.revision !== saga.revision) return { value: false };
      return { change: changeFor(definition, saga, next, entry, loaded), value: true };
    });
    return value;
  };

  const attempt = async (
    definition: SagaDefinition,
    saga: Document<SagaRecord>,
    step: Step,
  ): Promise<boolean> => {
    const { id, data: record } = saga;
    const direction = record.status === 'running' ? 'forward' : 'back';
    const what = direction === 'forward' ? step : step.compensate;
    if (!what) return badDefinition(`saga ${definition.name}: step ${step.name} cannot be undone`);
    const { input, results } = record;
    const key = stepKey(id, step.name, direction);
    const call: StepCall = {
      operation: what.operation,
      input: what.input({ sagaId: id, input, results }),
      key,
      ...causeOf(id, record),
    };
    const entry = { step: step.name, key };
    const next = (outcome: Outcome) => afterOutcome(definition, record, outcome, runtime.now());
    const ownCommand = what.operation.service === service && what.operation.kind === 'command';
    if (ownCommand) {
      const outcome = await context.local(call, {
        needs: () => endingNeeds(definition, saga),
        change: (made, loaded, stamp) =>
          changeFor(definition, saga, next(made), { ...entry, outcome: made }, loaded, stamp),
      });
      if (outcome === undefined) return true;
      return commit(definition, saga, next(outcome), { ...entry, outcome });
    }
    const outcome = await context.call(call);
    return commit(definition, saga, next(outcome), { ...entry, outcome });
  };

  /** Moves the saga on by one outcome. False when it is over, or somebody else's. */
  const move = async (id: string): Promise<boolean> => {
    const { saga, cancelled } = await read(id);
    if (!saga || !isOpen(saga.data)) return false;
    const { data: record } = saga;
    const definition = known.get(`${record.saga}/${record.version}`);
    if (!definition) {
      logger.error('saga version not known here', {
        saga: record.saga,
        version: record.version,
        id,
      });
      return false;
    }
    const step = definition.steps[record.index]!;
    const entry = { step: step.name, key: stepKey(id, step.name, 'forward') };
    const stopped = cancelled ? afterCancel(definition, record) : record;
    if (stopped !== record) {
      const outcome: Outcome = { kind: 'unknown', code: 'CANCELLED' };
      return commit(definition, saga, stopped, { ...entry, outcome });
    }
    if (record.due > runtime.now())
      await runtime.sleep(record.due - runtime.now(), stopping.signal);
    const late =
      record.status === 'running' &&
      record.index < definition.pivot &&
      runtime.now() >= record.deadline;
    if (!late) return attempt(definition, saga, step);
    const outcome: Outcome = { kind: 'unknown', code: 'DEADLINE_EXCEEDED' };
    return commit(definition, saga, afterDeadline(definition, record), { ...entry, outcome });
  };

  const drive = async (id: string): Promise<void> => {
    while (!stopping.signal.aborted) {
      try {
        if (!(await move(id))) return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        logger.error('saga stuck', { saga: id, service, error: String(error) });
        await runtime.sleep(STUCK_MS, stopping.signal);
      }
    }
  };

  const wake = (id: string): void => {
    if (active.has(id) || stopping.signal.aborted) return;
    if (active.size >= DRIVEN_MAX) {
      queue.push(id);
      return;
    }
    active.add(id);
    const leave = () => {
      active.delete(id);
      const next = queue.shift();
      if (next !== undefined) wake(next);
    };
    drive(id).then(leave, leave);
  };

  const started = new Set<string>();
  const unsubscribe = store.onDurable(() => {
    for (const id of started) wake(id);
    started.clear();
  });

  return {
    lower(start, stamp) {
      const definition = known.get(`${start.saga}/${start.version}`);
      if (!definition)
        return badDefinition(`${service} does not own a saga ${start.saga} v${start.version}`);
      const record: SagaRecord = {
        saga: start.saga,
        version: start.version,
        status: 'running',
        index: 0,
        attempts: 0,
        input: start.input,
        results: {},
        reason: '',
        startedAt: stamp.at,
        deadline: stamp.at + definition.deadlineMs,
        due: 0,
        correlation: stamp.correlation,
        traceparent: stamp.traceparent,
      };
      started.add(start.id);
      return {
        appends: [journalStart(start.id, record)],
        documents: [put(sagas, start.id, record, 0)],
        stamp,
      };
    },
    lowerSignal: ({ saga, id, signal }, stamp) => put(signals, id, { saga, signal, at: stamp.at }),
    async start() {
      for (const status of ['running', 'compensating'] as const)
        await eachWhere(context, sagas, 'status', status, ({ id }) => wake(id));
    },
    stop() {
      unsubscribe();
      stopping.abort(new Error('the saga engine stopped'));
    },
    get driving() {
      return active.size + queue.length;
    },
  };
}
