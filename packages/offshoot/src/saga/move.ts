// What does a saga's next place change in the store, its ending included?
import {
  type Append,
  type Change,
  type Document,
  type Needs,
  one,
  put,
  remove,
  runUnit,
  type Stamp,
} from '../store/index.ts';
import type { SagaContext } from './context.ts';
import type { Ending, SagaDefinition } from './definition.ts';
import { type SagaRecord, sagas, signals } from './journal.ts';
import { hasEnded } from './machine.ts';

export type Saga = Document<SagaRecord>;

/** A saga on its way to `next`: what is written with it depends on what is read in the commit. */
export interface Move {
  readonly definition: SagaDefinition;
  readonly saga: Saga;
  /** The place to go to, when a wish to cancel was heard in the same commit or not. */
  readonly next: (cancelled: boolean) => SagaRecord;
  readonly written: (next: SagaRecord) => Append;
  /** Which endings may come of it. @default both */
  readonly onlyForward?: boolean;
}

const SAGA = 'offshoot.saga';
const SIGNAL = 'offshoot.signal';

export const causeOf = ({ id, data }: Saga) => ({
  correlation: data.correlation,
  causation: id,
  traceparent: data.traceparent,
});

function endingOf(definition: SagaDefinition, next: SagaRecord): Ending<any, any> | undefined {
  if (!hasEnded(next)) return undefined;
  return next.status === 'compensated' ? definition.compensated : definition.completed;
}

/** What the endings read that the move may come to. */
export function needsOf({ definition, saga, onlyForward }: Move): Needs {
  const given = { input: saga.data.input, sagaId: saga.id };
  const endings = [onlyForward ? undefined : definition.compensated, definition.completed];
  const loads = endings.map((ending) => ending?.load?.(given) ?? {});
  return Object.assign({ [SIGNAL]: one(signals, saga.id) }, ...loads);
}

/** The journal entry, the record, and, where the saga ends, what its ending decides. */
export function changeOf(
  move: Move,
  context: SagaContext,
  loaded: any,
  stamp: Stamp = context.stamp(causeOf(move.saga)),
): Change {
  const { definition, saga } = move;
  const { id } = saga;
  const cancelled = loaded[SIGNAL] !== undefined;
  const next = move.next(cancelled);
  const { input } = saga.data;
  const { reason } = next;
  const ending = endingOf(definition, next);
  const unit = ending?.decide({ sagaId: id, input, reason, cancelled, loaded, at: stamp.at }) ?? {};
  const { appends, documents } = context.lower(unit, stamp);
  const heard = cancelled && hasEnded(next) ? [remove(signals, id)] : [];
  return {
    appends: [move.written(next), ...appends],
    documents: [put(sagas, id, next, saga.revision), ...heard, ...documents],
    stamp,
  };
}

/** Commits a move; false when somebody else moved the saga first. */
export async function commit(move: Move, context: SagaContext, actor?: string): Promise<boolean> {
  const { saga } = move;
  const needs = () => ({ [SAGA]: one(sagas, saga.id), ...needsOf(move) });
  const { value } = await runUnit(context, needs, (loaded: any) => {
    if ((loaded[SAGA] as Saga | undefined)?.revision !== saga.revision) return { value: false };
    const stamp = context.stamp({ ...causeOf(saga), ...(actor ? { actor } : {}) });
    return { change: changeOf(move, context, loaded, stamp), value: true };
  });
  return value;
}
