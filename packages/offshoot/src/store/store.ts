// What must a store do? The port: every adapter passes one conformance suite.
import type { DocumentChange } from './collection.ts';
import type { Entry } from './entry.ts';
import type { Epochs } from './epochs.ts';
import type { Need } from './need.ts';
import type { Position } from './position.ts';
import type { Append } from './unit-of-work.ts';

/** Who and why: written on every entry of a commit. */
export interface Stamp {
  readonly at: number;
  readonly actor: string;
  readonly tenant: string;
  readonly correlation: string;
  readonly causation: string;
  readonly traceparent: string;
}

/** A right to change something, that ends when somebody else gets it. */
export interface Fence {
  /** Of the lease. */
  readonly name: string;
  readonly fence: number;
}

/** A unit of work lowered to what a store knows: events and documents. */
export interface Change {
  readonly appends: readonly Append[];
  readonly documents: readonly DocumentChange[];
  readonly stamp: Stamp;
  /** Leases that must still have these fences when this commits; else FENCED. */
  readonly fences?: readonly Fence[];
}

/** What a commit became. */
export interface Receipt {
  /** Position of the last entry written, or of the log's head when none was. */
  readonly position: Position;
}

/** A public event as a projection reads it: its place, and an entry without what is not needed. */
export interface Fact extends Position {
  readonly id: string;
  readonly type: string;
  readonly schema: number;
  readonly at: number;
  readonly key: string;
  readonly correlation: string;
  /** JSON text, personal fields sealed: parsed only if somebody wants to know. */
  readonly data: string;
}

export interface FactPage {
  readonly facts: readonly Fact[];
  /** The last position scanned, as in a LogPage. */
  readonly upto: Position;
}

export interface LogPage {
  /** Shared by all who read them: they must not be changed. */
  readonly entries: readonly Entry[];
  /** The last position scanned, also when its entry was left out; never above the head. */
  readonly upto: Position;
}

/** One run of a unit of work: its reads, and the change that they led to. */
export interface Attempt extends Pick<Store, 'load' | 'stage'> {
  /**
   * Whether what was read is still so, for an answer without a change: no commit asks. Absent where
   * `load` always reads what is so now.
   */
  holds?(): Promise<boolean>;
}

/**
 * One service's durable state: a log and documents. `docs/guides/store.md` says it at length, and
 * the conformance suite asks every adapter for it.
 * - **Atomic**: a change is stored whole or not at all. All checks come before the first write, and
 *   a unit that fails by itself spares the others that share its flush.
 * - **Versions and revisions**: an `expected` stream version or document revision holds at the
 *   moment of the commit, staged units of others included; of two writers one gets CONFLICT.
 * - **Read your turn**: `load` shows what is staged before it is durable. What was read so leaves
 *   the process only after `settled`.
 * - **Dense**: positions have no gaps and are handed out in commit order, those of a failed flush
 *   again; a reader that follows `upto` never skips an entry and never sees one twice.
 * - **One history**: a position carries the epoch of its entry, also where no entry of that
 *   number is handed out. A restore begins a new epoch above the restored head.
 * - **Durable when told**: `stage` throws CONFLICT at once when a check fails, and returns a
 *   promise that resolves after the flush. It rejects with CONFLICT when the flush failed; then
 *   nothing of the group happened. The log, `head` and listeners know durable entries only.
 * - **No stale basis**: a change whose `basis` is not the current failure count is a CONFLICT.
 * - **Stands by what it read**: what a unit read is still so when its change is taken, also where it
 *   names no version or revision. Where load, decide and stage are one turn nothing can come
 *   between; elsewhere `attempt` remembers what was read, and a change of it is a CONFLICT.
 * - **Fenced**: a change whose fence is not its lease's any more throws FENCED at once, and nothing
 *   of it is written; the check is part of the transaction. Who opened the file of an embedded store
 *   last is its writer: changes of the one before are FENCED.
 * - **No polling**: whoever follows the log may sleep until `onDurable` calls.
 * - **Sealed**: personal fields are stored, and leave by `readLog`, encrypted only.
 */
export interface Store {
  /** Made once with the file; the topology remembers it. A copy has the same. */
  readonly identity: string;
  /** The epoch of the next entry: the last of `epochs`. */
  readonly epoch: number;
  /** How this history came to be; more than one epoch after a restore. */
  readonly epochs: Epochs;
  /** Flushes that failed since the store was opened. */
  readonly failures: number;
  /** Reads what the need describes, staged changes included. Synchronous on embedded stores. */
  load<T>(need: Need<T>): T | Promise<T>;
  /**
   * Takes a change into the next flush. `basis` is the failure count before its first read.
   * @throws CONFLICT, FENCED, KeyMissing or DRAINING at once, with nothing of the change written;
   * where the store is in another process, the promise rejects with them. There it may also reject
   * with DEADLINE_EXCEEDED; with `details.outcome` 'unknown' nobody can say whether it happened.
   */
  stage(change: Change, basis: number): Promise<Receipt>;
  /** For one unit; absent where the store answers in the turn, and its own `load` and `stage` do. */
  attempt?(): Attempt;
  /** Resolves when all that is readable now is durable; rejects when a flush took it back. */
  settled(): Promise<void>;
  /** The last durable position. */
  head(): Position;
  /** Durable entries after a position, oldest first, personal fields sealed. */
  readLog(after: Position, limit: number, only?: 'public'): LogPage | Promise<LogPage>;
  /** What `readLog` of public entries says, with less around it: for who reads a whole log. */
  readFacts?(after: Position, limit: number): FactPage | Promise<FactPage>;
  /**
   * Calls the listener after every flush that wrote entries, when `readLog` already shows them.
   * Returns what ends it. The listener must not throw.
   */
  onDurable(listener: () => void): () => void;
  /** Flushes what is staged and releases the file; `stage` throws DRAINING afterwards. */
  close(): Promise<void>;
}
