// What does the payment provider remember, and what must a store of it promise?

export type OperationName = 'authorise' | 'capture' | 'void' | 'void-by-key' | 'refund';

/** What a key was answered. `fingerprint` null: a tombstone, which answers any authorise. */
export interface StoredOperation {
  readonly key: string;
  readonly operation: OperationName;
  readonly fingerprint: string | null;
  readonly status: number;
  /** The JSON text of the answer, byte for byte. */
  readonly body: string;
}

export interface Authorisation {
  readonly id: string;
  readonly status: 'authorised' | 'captured' | 'voided';
  readonly amount: number;
  readonly currency: string;
  readonly method: string;
  readonly reference?: string;
  /** What was given back so far, in minor units; never more than `amount`. */
  readonly refunded: number;
}

/** One fact about money. Entries are never changed and `seq` has no holes. */
export interface LedgerEntry {
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly kind: 'authorised' | 'declined' | 'captured' | 'voided' | 'refunded';
  /** `null` for a declined one: there is no authorisation. */
  readonly authorisation: string | null;
  /** The idempotency key of the request that caused it. */
  readonly key: string;
  readonly amount: number;
  readonly currency: string;
  readonly reference?: string;
}

/** What one request changes: written together or not at all. */
export interface LedgerChange {
  readonly operations: readonly StoredOperation[];
  readonly authorisation?: Authorisation;
  readonly entry?: LedgerEntry;
}

/**
 * The provider's memory, synchronous. A read sees every `record` before it. `record` keeps the
 * newest state of an authorisation, appends the entry, and may throw: then the caller must
 * treat the change as not made. Durability is the store's own affair.
 */
export interface LedgerStorage {
  operation(key: string): StoredOperation | undefined;
  authorisation(id: string): Authorisation | undefined;
  /** The `seq` of the newest entry, 0 when there is none. */
  lastSeq(): number;
  /** Entries with `seq` greater than `after`, in order, at most `limit`. */
  entries(after: number, limit: number): LedgerEntry[];
  record(change: LedgerChange): void;
}
