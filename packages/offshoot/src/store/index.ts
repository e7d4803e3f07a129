// The public names of offshoot/store.
export {
  type Collection,
  collection,
  type Document,
  type DocumentChange,
  put,
  remove,
} from './collection.ts';
export { eachOf, eachWhere } from './each-where.ts';
export { ENTRY_FORMAT, type Entry } from './entry.ts';
export {
  type Epoch,
  type Epochs,
  epochAt,
  FIRST_EPOCHS,
  forkBelow,
  isInHistory,
  positionAt,
} from './epochs.ts';
export { fencedOff, type Lease, type LeaseRecord, lease, leases, release } from './lease.ts';
export { type MoveFigures, type MoveOptions, type MovePoint, moveStore } from './move.ts';
export {
  andThen,
  clock,
  ended,
  every,
  type Loaded,
  many,
  map,
  type Need,
  type Needs,
  one,
  type StoredEvent,
  type StreamRead,
  streamOf,
  type WhereOptions,
  where,
} from './need.ts';
export { formatPosition, isAfter, later, type Position, parsePosition, START } from './position.ts';
export type { Asked, EventReach, OutsideClient, Question, Reach } from './reach.ts';
export type {
  DocumentRow,
  EntryRow,
  MoveMark,
  RowBatch,
  RowFacts,
  RowName,
  RowSource,
  RowTarget,
} from './rows.ts';
export { loadAll, type Outcome, runUnit, type UnitContext } from './run-unit.ts';
export type {
  Attempt,
  Change,
  Fact,
  FactPage,
  Fence,
  LogPage,
  Receipt,
  Stamp,
  Store,
} from './store.ts';
export { type Hold, type Switchable, switchable, type Watch } from './switchable.ts';
export {
  type Append,
  append,
  privateEvent,
  type SagaSignal,
  type SagaStart,
  type TimerRequest,
  type UnitOfWork,
  type WorkRequest,
} from './unit-of-work.ts';
export { writeDocuments } from './write-documents.ts';
