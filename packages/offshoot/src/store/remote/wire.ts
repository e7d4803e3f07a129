// What do the process that holds a store's file and one that works on it say to each other?
import type { ErrorRecord } from '../../error/index.ts';
import type { Epochs } from '../epochs.ts';
import type { Need } from '../need.ts';
import type { Position } from '../position.ts';
import type { Change, FactPage, LogPage } from '../store.ts';

/** Both sides must speak the same. What their services say of themselves may be of two releases. */
export const PROTOCOL = 1;

/** Characters of the calls of one exchange, and of what answers them: at most 6 MB as UTF-8. */
export const EXCHANGE_CHARS_MAX = 2 * 1024 * 1024;
/** Calls of one exchange. */
export const EXCHANGE_CALLS_MAX = 256;
/** What a server has to accept: an exchange in UTF-8, with what stands around its calls. */
export const EXCHANGE_BYTES_MAX = 3 * EXCHANGE_CHARS_MAX + 65_536;

/** A need without functions: what can be asked for over a wire. */
export type Primitive = Exclude<Need<any>, { readonly kind: 'then' | 'map' }>;

/** What was read, and the sum of what it said. */
export interface Seen {
  readonly need: Primitive;
  readonly mark: string;
}

export interface ReadCall {
  readonly kind: 'read';
  readonly needs: readonly Primitive[];
  /** Read before by the same attempt: answered as CONFLICT when that is not so any more. */
  readonly seen: readonly Seen[];
}

export interface UnitCall {
  readonly kind: 'unit';
  /** Counts the units of one client. A unit that is sent again has the same. */
  readonly number: number;
  /** Who answered the reads of the unit, and how often its flushes had failed by then. */
  readonly writer: string;
  readonly basis: number;
  readonly seen: readonly Seen[];
  readonly change: Change;
}

export interface LogCall {
  readonly kind: 'log' | 'facts';
  readonly after: Position;
  readonly limit: number;
  readonly only?: 'public';
}

export type Call = ReadCall | UnitCall | LogCall;

/** Calls of one client, done in this order in one turn of the writer. */
export interface Exchange {
  readonly client: string;
  /** The identity of the store that is meant. */
  readonly store: string;
  /** Units up to this number will not be sent again: the writer need not remember them. */
  readonly floor: number;
  readonly calls: readonly Call[];
}

export interface ReadOutcome {
  readonly values: readonly unknown[];
  /** The sum of each value; empty for what is never the same twice. */
  readonly marks: readonly string[];
}

/** What became of a call; `again` = there was no room left in the answer. */
export type Outcome =
  | ReadOutcome
  | { readonly position: Position }
  | { readonly page: LogPage | FactPage }
  | { readonly again: true }
  | { readonly keyMissing: string }
  | { readonly error: ErrorRecord };

/** What the writer says of its store with every answer. */
export interface Status {
  /** Another one after each start of the process that holds the file. */
  readonly writer: string;
  readonly failures: number;
  readonly head: Position;
  readonly epochs: Epochs;
}

/** Sent when everything that was read for it is durable, or known to be lost. */
export interface Answer extends Status {
  readonly outcomes: readonly Outcome[];
}

export interface Opened extends Status {
  readonly protocol: number;
  readonly identity: string;
}

/** Answered when the log's head is another one, or after a while. */
export interface Follow {
  readonly store: string;
  readonly writer: string;
  readonly head: Position;
  readonly waitMs: number;
}

export type Verb = 'open' | 'exchange' | 'follow';

export interface Asking {
  readonly verb: Verb;
  /** JSON. */
  readonly body: string;
  /** How long to wait for the whole answer. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Carries a question to the writer of one store and brings its answer, JSON, back. Rejects with an
 * availability error when it got no answer; whether the writer did what it was asked is unknown then.
 */
export type Wire = (asking: Asking) => Promise<string>;
