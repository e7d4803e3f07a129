// How is a store read and written as rows, when it moves from one kind of database to another?
import type { Entry } from './entry.ts';
import type { Epochs } from './epochs.ts';

export interface RowName {
  readonly collection: string;
  readonly id: string;
}

/** A document as it is stored: JSON text, personal fields sealed. */
export interface DocumentRow extends RowName {
  readonly revision: number;
  readonly text: string;
}

/** An entry as it is stored: its `sum` is over exactly these texts. */
export type EntryRow = Omit<Entry, 'data' | 'meta'> & {
  readonly data: string;
  readonly meta: string;
};

/** What a store says of itself, and how much there is to read. */
export interface RowFacts {
  readonly identity: string;
  readonly epochs: Epochs;
  /** The last position: they are dense. */
  readonly entries: number;
  /** 0 where they were not to be counted. */
  readonly documents: number;
}

/**
 * The store that is left, read beside the process's own handle on it. While it is open nobody but
 * that handle may write to the store. Everything read is durable.
 */
export interface RowSource {
  facts(isCounted?: boolean): Promise<RowFacts>;
  /** Entries above `after`, oldest first. */
  entries(after: number, limit: number): Promise<readonly EntryRow[]>;
  /** Documents of all collections behind `after`, in an order of its own; fewer than `limit` at the end. */
  documents(after: RowName | undefined, limit: number): Promise<readonly DocumentRow[]>;
  /** These documents as they are now; one that is not there is left out. */
  named(names: readonly RowName[]): Promise<readonly DocumentRow[]>;
  /**
   * From now on nobody commits to it, not an older release either, and none opens it: durable. Says where it
   * went to whoever asks. Sealed twice by the same move it stays sealed.
   */
  seal(move: MoveMark): Promise<void>;
  /** Takes back the seal of this move, if it has one. */
  unseal(id: string): Promise<void>;
  close(): Promise<void>;
}

/** Of one move: its own id, and in words where the store goes. */
export interface MoveMark {
  readonly id: string;
  readonly to: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface RowBatch {
  /** Next after those that were written before. */
  readonly entries?: readonly EntryRow[];
  /** Inserted or replaced, revision and all. */
  readonly documents?: readonly DocumentRow[];
  readonly removed?: readonly RowName[];
}

/** The store that is made. Until `complete` it is none: nobody can open it. */
export interface RowTarget {
  /** @throws STORE_CORRUPT when an entry does not fit its sum, or not behind the last. */
  write(batch: RowBatch): Promise<void>;
  count(isCounted?: boolean): Promise<Pick<RowFacts, 'entries' | 'documents'>>;
  /**
   * In one durable step it becomes the store. Rejects when it did not; with `details.outcome`
   * 'unknown' when nobody can say.
   */
  complete(): Promise<void>;
  /** Takes away what was written; `complete` can never succeed after it. */
  abandon(): Promise<void>;
  close(): Promise<void>;
}
