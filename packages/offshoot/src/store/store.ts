// What must a store do? The port: every adapter passes one conformance suite.
import type { DocumentChange } from './collection.ts';
import type { Entry } from './entry.ts';
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

/** A unit of work lowered to what a store knows: events and documents. */
export interface Change {
  readonly appends: readonly Append[];
  readonly documents: readonly DocumentChange[];
  readonly stamp: Stamp;
}

/** What a commit became. */
export interface Receipt {
  /** Position of the last entry written, or of the log's head when none was. */
  readonly position: Position;
}

export interface LogPage {
  readonly entries: readonly Entry[];
  /** The last position scanned, also when its entry was left out. */
  readonly upto: Position;
}

/**
 * One service's durable state. Guarantees:
 * - **Atomic**: a change is stored whole or not at all; checks come before writes.
 * - **Dense**: positions have no gaps and are handed out in commit order; a reader that
 *   follows `upto` never skips an entry.
 * - **Durable when told**: `stage` throws CONFLICT at once when a check fails, and returns a
 *   promise that resolves after the flush. It rejects with CONFLICT when the flush failed; then
 *   nothing of the group happened.
 * - **Nothing leaves early**: `settled` resolves when everything readable now is durable.
 * - **No stale basis**: a change whose `basis` is not the current failure count is a CONFLICT.
 */
export interface Store {
  /** Made once with the file; the topology remembers it. */
  readonly identity: string;
  readonly epoch: number;
  /** Flushes that failed since the store was opened. */
  readonly failures: number;
  /** Reads what the need describes, staged changes included. Synchronous on embedded stores. */
  load<T>(need: Need<T>): T | Promise<T>;
  stage(change: Change, basis: number): Promise<Receipt>;
  settled(): Promise<void>;
  /** The last durable position. */
  head(): Position;
  /** Durable entries after a position, oldest first, personal fields sealed. */
  readLog(after: Position, limit: number, only?: 'public'): LogPage | Promise<LogPage>;
  /** Calls the listener after every flush that wrote entries. */
  onDurable(listener: () => void): () => void;
  /** Flushes what is staged and releases the file. */
  close(): Promise<void>;
}
