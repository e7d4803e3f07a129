// What does a saga's next place change in the store, its ending included?
import {
  type Append,
  type Change,
  type Document,
  type DocumentChange,
  type Needs,
  one,
  put,
  remove,
  runUnit,
  type Stamp,
} from '../store/index.ts';
import type { SagaContext } from './context.ts';
import type { Ending, SagaDefinition } from './definition.ts';
import {
  type ArrivalRecord,
  arrival,
  arrivalId,
  arrivals,
  type ChildEnd,
  type Direction,
  journal,
  SAGA_KEPT_MS,
  type SagaRecord,
  sagas,
  signals,
  stepKey,
  wakeId,
  wakes,
} from './journal.ts';
import { hasEnded, isForward } from './machine.ts';
import type { Ownership } from './ownership.ts';

export type Saga = Document<SagaRecord>;

/** What is read in the very commit that moves the saga. */
export interface Heard {
  readonly cancelled: boolean;
  /** What came for the current step. */
  readonly arrival: Document<ArrivalRecord> | undefined;
  readonly loaded: any;
}

/** A saga on its way: what it comes to depends on what is heard in the commit. */
export interface Move {
  readonly definition: SagaDefinition;
  readonly saga: Saga;
  readonly next: (heard: Heard) => SagaRecord;
  readonly written: (next: SagaRecord, heard: Heard) => Append;
  /** It cannot come to its compensated end. @default false */
  readonly onlyForward?: boolean;
  /** What else is read. */
  readonly needs?: Needs;
  /** What else is written. */
  readonly also?: (next: SagaRecord, stamp: Stamp) => Change | undefined;
}

/** Told as changes are staged; acted on when they are durable, or in vain when they are not. */
export interface Notes {
  /** Something was said to this saga. */
  wake(id: string, saga: string): void;
  /** Some saga sleeps until then, or does so no longer. */
  sleeps(until: number): void;
  rises(until: number): void;
}

export interface MoveContext extends SagaContext {
  readonly notes: Notes;
  readonly ownership: Ownership;
}

const NONE: readonly never[] = [];
const SAGA = 'offshoot.saga';
const SIGNAL = 'offshoot.signal';
const arrivalName = (step: string) => `offshoot.arrival.${step}`;

export const causeOf = ({ id, data }: Saga) => ({
  correlation: data.correlation,
  causation: id,
  traceparent: data.traceparent,
});

const directionOf = (record: SagaRecord): Direction => (isForward(record) ? 'forward' : 'back');

/** The entry of what became of the current step. */
export function journaled(
  { definition, saga }: Pick<Move, 'definition' | 'saga'>,
  outcome: { readonly kind: string; readonly code?: string },
  { status }: SagaRecord,
): Append {
  const { id, data: record } = saga;
  const direction = directionOf(record);
  const step = definition.steps[record.index]!.name;
  const { kind, code } = outcome;
  return journal(id, {
    saga: record.saga,
    definitionVersion: record.version,
    direction,
    attempts: record.attempts + 1,
    outcome: code === undefined ? { kind } : { kind, code },
    status,
    step,
    key: stepKey(id, step, direction),
  });
}

function endingOf(definition: SagaDefinition, next: SagaRecord): Ending<any, any> | undefined {
  return next.status === 'compensated' ? definition.compensated : definition.completed;
}

/** What its ending decides, where the saga ends. */
function endOf(
  { definition, saga }: Move,
  context: MoveContext,
  next: SagaRecord,
  { cancelled, loaded }: Heard,
  stamp: Stamp,
): Change | undefined {
  const ending = hasEnded(next) ? endingOf(definition, next) : undefined;
  if (!ending) return undefined;
  const { input } = saga.data;
  const given = { sagaId: saga.id, input, reason: next.reason, cancelled, loaded, at: stamp.at };
  return context.lower(ending.decide(given) ?? {}, stamp);
}

/** What may have been said, and what the endings read that the move may come to. */
export function needsOf({
  definition,
  saga,
  onlyForward,
  needs,
}: Pick<Move, 'definition' | 'saga' | 'onlyForward' | 'needs'>): Needs {
  const given = { input: saga.data.input, sagaId: saga.id };
  const all = arrivalNeeds(definition, saga.id);
  if (!onlyForward) Object.assign(all, definition.compensated?.load?.(given));
  return Object.assign(all, definition.completed?.load?.(given), needs);
}

/** A wish to cancel, and what came for any step. */
export function arrivalNeeds({ awaited }: SagaDefinition, id: string): Record<string, any> {
  const needs: Record<string, any> = { [SIGNAL]: one(signals, id) };
  for (const step of awaited) needs[arrivalName(step)] = one(arrivals, arrivalId(step, id));
  return needs;
}

function heardOf({ definition, saga }: Move, loaded: any): Heard {
  const cancelled = loaded[SIGNAL] !== undefined;
  if (definition.awaited.length === 0) return { cancelled, arrival: undefined, loaded };
  const step = definition.steps[saga.data.index];
  return { cancelled, arrival: step && loaded[arrivalName(step.name)], loaded };
}

/** What was said and is done with: all of it at the end, the step's own when the saga leaves it. */
export function doneWith(
  { awaited }: SagaDefinition,
  id: string,
  loaded: any,
  only?: string,
): DocumentChange[] {
  const gone: DocumentChange[] = [];
  if (only === undefined && loaded[SIGNAL]) gone.push(remove(signals, id));
  for (const name of awaited)
    if ((only ?? name) === name && loaded[arrivalName(name)])
      gone.push(remove(arrivals, arrivalId(name, id)));
  return gone;
}

function heardChanges(
  { definition, saga }: Move,
  next: SagaRecord,
  heard: Heard,
): readonly DocumentChange[] {
  if (hasEnded(next)) return doneWith(definition, saga.id, heard.loaded);
  const left = next.index !== saga.data.index || !isForward(next);
  if (!heard.arrival || !left) return NONE;
  return doneWith(definition, saga.id, heard.loaded, heard.arrival.data.step);
}

/** A saga that waits for a time stands in the row of those that do, by that time. */
function wakeChanges(
  { id, data }: Saga,
  next: SagaRecord,
  notes: Notes,
): readonly DocumentChange[] {
  const before = data.waits?.until;
  const after = next.waits?.until;
  if (before === after) return NONE;
  const changes: DocumentChange[] = [];
  if (before !== undefined) {
    changes.push(remove(wakes, wakeId(before, id)));
    notes.rises(before);
  }
  if (after !== undefined) {
    changes.push(put(wakes, wakeId(after, id), { saga: data.saga, id, due: after }));
    notes.sleeps(after);
  }
  return changes;
}

/** The end of a child, for its parent. */
function endChanges({ parent }: SagaRecord, next: SagaRecord, at: number, notes: Notes) {
  if (!parent || !hasEnded(next)) return NONE;
  const { status, reason, results } = next;
  const data: ChildEnd = { status, reason, results };
  notes.wake(parent.id, parent.saga);
  return [arrival({ ...parent, at, data })];
}

/** A saga as it is known to be, and whether somebody wished to cancel it by then. */
export interface Seen {
  readonly saga: Saga;
  readonly cancelled: boolean;
}

interface Made extends Seen {
  readonly change: Change;
}

/** The journal entry, the record, and, where the saga ends, what its ending decides. */
export function made(
  move: Move,
  context: MoveContext,
  loaded: any,
  stamp: Stamp = context.stamp(causeOf(move.saga)),
): Made {
  const { saga } = move;
  const heard = heardOf(move, loaded);
  const next = move.next(heard);
  const { cancelled } = heard;
  const end = endOf(move, context, next, heard, stamp);
  const also = move.also?.(next, stamp);
  const kept = hasEnded(next) ? { ...next, ends: stamp.at + SAGA_KEPT_MS } : next;
  const fences = context.ownership.fencesOf(saga.id, saga.data);
  const change: Change = {
    ...(fences.length > 0 ? { fences } : {}),
    appends: [move.written(next, heard), ...(end?.appends ?? NONE), ...(also?.appends ?? NONE)],
    documents: [
      put(sagas, saga.id, kept, saga.revision),
      ...heardChanges(move, next, heard),
      ...wakeChanges(saga, next, context.notes),
      ...endChanges(saga.data, next, stamp.at, context.notes),
      ...(end?.documents ?? NONE),
      ...(also?.documents ?? NONE),
    ],
    stamp,
  };
  return { change, saga: { id: saga.id, revision: saga.revision + 1, data: next }, cancelled };
}

/** Commits a move, and says where the saga is now; undefined when somebody else moved it first. */
export async function commit(
  move: Move,
  context: MoveContext,
  actor?: string,
): Promise<Seen | undefined> {
  const { saga } = move;
  let runs = 0;
  // It is written at the revision that it was read at: only who met a conflict has to look again.
  const needs = () => {
    const all: Record<string, any> = needsOf(move);
    runs += 1;
    if (runs > 1) all[SAGA] = one(sagas, saga.id);
    return all;
  };
  const { value } = await runUnit<any, Seen | undefined>(context, needs, (loaded: any) => {
    const now = runs > 1 ? (loaded[SAGA] as Saga | undefined) : saga;
    if (now?.revision !== saga.revision) return { value: undefined };
    const stamp = context.stamp({ ...causeOf(saga), ...(actor ? { actor } : {}) });
    const moved = made(move, context, loaded, stamp);
    return { change: moved.change, value: moved };
  });
  return value;
}
