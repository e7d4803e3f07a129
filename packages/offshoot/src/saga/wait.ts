// How does a saga come to wait, for a time, a word or a child, and what ends its wait?
import { badDefinition } from '../error/index.ts';
import { type Change, one, put, type Stamp } from '../store/index.ts';
import {
  CANCEL,
  type CallStep,
  type ChildStep,
  type SagaDefinition,
  type Step,
} from './definition.ts';
import {
  type ChildEnd,
  type Outcome,
  type SagaRecord,
  sagas,
  signals,
  type Waits,
} from './journal.ts';
import {
  afterCancel,
  afterCancelOnTheWay,
  afterDeadline,
  afterOutcome,
  isLate,
  paused,
  waiting,
} from './machine.ts';
import { type Heard, journaled, type Move, type Notes, type Saga } from './move.ts';
import { startOf } from './start.ts';

/** A step that is not done by a call. */
export type WaitingStep = Exclude<Step, CallStep>;

export interface Waiter {
  readonly definition: SagaDefinition;
  readonly saga: Saga;
  readonly step: WaitingStep;
  readonly now: number;
  readonly notes: Notes;
}

const TAKEN = 'offshoot.child';

const CANCELLED: Outcome = { kind: 'unknown', code: 'CANCELLED' };

/** Whether a cancel that was heard in the same commit is in time. */
const isGivenUp = (definition: SagaDefinition, record: SagaRecord, { cancelled }: Heard) =>
  cancelled && record.index < definition.pivot;

/** A wait that nobody answered in its time. */
export const TIMED_OUT = 'TIMED_OUT';

/** The saga at a step that waits: it begins to, or has what it waits for already. */
export function begun(waiter: Waiter): Move {
  const { definition, saga, step, now } = waiter;
  const { id, data: record } = saga;
  const given = { sagaId: id, input: record.input, results: record.results };
  const end = (ms: number) => {
    if (!Number.isFinite(ms))
      badDefinition(`${step.name} of saga ${definition.name} waits ${ms} ms`);
    const until = now + Math.max(0, Math.round(ms));
    return record.index < definition.pivot ? Math.min(until, record.deadline) : until;
  };
  switch (step.kind) {
    case 'sleep':
      return resting(waiter, { for: 'time', until: end(step.ms(given)) });
    case 'wait':
      return resting(waiter, { for: 'signal', until: end(step.timeoutMs) });
    case 'child':
      return withChild(waiter, step, step.id(given), step.input(given));
  }
}

/** What was said before the saga came here ends the wait as it begins. */
function resting({ definition, saga, step, now }: Waiter, waits: Waits): Move {
  const { data: record } = saga;
  const outcomeOf = ({ arrival }: Heard): Outcome | undefined =>
    step.kind === 'wait' && arrival ? { kind: 'result', value: arrival.data.data } : undefined;
  return {
    ...{ definition, saga },
    next(heard) {
      const outcome = outcomeOf(heard);
      if (isGivenUp(definition, record, heard)) return afterCancel(definition, record, now);
      return outcome ? afterOutcome(definition, record, outcome, now) : waiting(record, waits);
    },
    written(next, heard) {
      const outcome = isGivenUp(definition, record, heard) ? CANCELLED : outcomeOf(heard);
      return journaled({ definition, saga }, outcome ?? { kind: 'waiting' }, next);
    },
  };
}

/** The child's start is in the commit that makes its parent wait. */
function withChild(waiter: Waiter, step: ChildStep, child: string, input: unknown): Move {
  const { definition, saga, now, notes } = waiter;
  const { data: record } = saga;
  const parent = { saga: record.saga, id: saga.id, step: step.name };
  const until = record.index < definition.pivot ? { until: record.deadline } : {};
  return {
    ...{ definition, saga },
    needs: { [TAKEN]: one(sagas, child) },
    next(heard) {
      if (isGivenUp(definition, record, heard)) return afterCancel(definition, record, now);
      if (heard.loaded[TAKEN]) return paused(record, 'CONFLICT', now); // another saga has this id
      return waiting(record, { for: 'child', child, ...until });
    },
    written(next, heard) {
      const outcome = isGivenUp(definition, record, heard) ? CANCELLED : { kind: 'waiting' };
      return journaled({ definition, saga }, outcome, next);
    },
    also(next: SagaRecord, stamp: Stamp): Change | undefined {
      if (next.status !== 'waiting') return undefined;
      notes.wake(child, step.definition.name);
      return startOf(step.definition.start(child, input), step.definition, stamp, parent);
    },
  };
}

/** The end of a wait, or what is to be passed down to a child; undefined while it waits on. */
export function ended(waiter: Waiter, seen: Omit<Heard, 'loaded'>): Move | undefined {
  const { definition, saga, step, now } = waiter;
  const { data: record } = saga;
  const isLost = record.index < definition.pivot && (seen.cancelled || now >= record.deadline);
  const outcome = outcomeOf(waiter, seen);
  if (outcome === undefined && !isLost) return undefined;
  if (outcome === undefined && step.kind === 'child')
    return record.waits?.stopping === undefined ? stopping(waiter, seen.cancelled) : undefined;
  /** What was said counts, unless somebody cancelled what only waits. */
  const saidIn = (heard: Heard): Outcome | undefined =>
    isGivenUp(definition, record, heard) && step.kind !== 'child'
      ? undefined
      : outcomeOf(waiter, heard);
  return {
    ...{ definition, saga },
    next(heard) {
      const said = saidIn(heard);
      if (!said && heard.cancelled) return afterCancel(definition, record, now);
      if (!said) return afterDeadline(definition, record, now);
      const next = afterOutcome(definition, record, said, now);
      const turns = isGivenUp(definition, record, heard);
      return turns ? afterCancelOnTheWay(definition, next, now) : next;
    },
    written(next, heard) {
      const lost = heard.cancelled ? CANCELLED : { kind: 'unknown', code: 'DEADLINE_EXCEEDED' };
      return journaled({ definition, saga }, saidIn(heard) ?? lost, next);
    },
  };
}

/** What a wait came to. What was said counts, also when it was said late. */
function outcomeOf(
  { definition, saga, step, now }: Waiter,
  { arrival }: Pick<Heard, 'arrival'>,
): Outcome | undefined {
  const { data: record } = saga;
  if (step.kind === 'child') return arrival && childOutcome(arrival.data.data as ChildEnd, record);
  if (arrival) return { kind: 'result', value: arrival.data.data };
  if (now < (record.waits?.until ?? 0) || isLate(definition, record, now)) return undefined;
  const inVain = step.kind === 'wait' && record.index < definition.pivot;
  return inVain ? { kind: 'refusal', code: TIMED_OUT } : { kind: 'result', value: null };
}

function childOutcome({ status, reason, results }: ChildEnd, { waits }: SagaRecord): Outcome {
  if (status === 'completed') return { kind: 'result', value: results };
  return { kind: 'refusal', code: waits?.stopping ?? reason };
}

/** A child is asked to give up; the saga waits on until it has come to its end, either way. */
function stopping({ definition, saga, step, notes }: Waiter, cancelled: boolean): Move {
  const { data: record } = saga;
  const { until: _until, ...waits } = record.waits!;
  const code = cancelled ? 'CANCELLED' : 'DEADLINE_EXCEEDED';
  const child = waits.child!;
  const { name } = (step as ChildStep).definition;
  return {
    ...{ definition, saga },
    next: () => waiting(record, { ...waits, stopping: code }),
    written: (next) => journaled({ definition, saga }, { kind: 'waiting', code }, next),
    also(_next, stamp) {
      notes.wake(child, name);
      const wish = put(signals, child, { saga: name, signal: CANCEL, at: stamp.at });
      return { appends: [], documents: [wish], stamp };
    },
  };
}
