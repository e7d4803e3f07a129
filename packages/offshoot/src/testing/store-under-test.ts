// What does an adapter of the store hand to its conformance suite?
import type { Store, UnitContext } from '../store/index.ts';
import type { Check } from './check.ts';

/** A store as the suite gets it: empty, knowing `STORE_CONFORMANCE_COLLECTIONS`. */
export interface OpenedStore extends UnitContext {
  readonly store: Store;
  /** Closes the store and opens what it left behind. */
  reopen(): Promise<Store>;
  /** Closes the store, begins a new epoch as a restore does, and opens it; absent without epochs. */
  fork?(epoch: number): Promise<Store>;
  /** Moves the store's clock on, and nobody else's. */
  moveClock(ms: number): void;
  /** Makes the next flush fail; absent where the adapter has no way to. */
  failNextFlush?(): void;
  /** Every byte the store keeps; absent where it cannot be looked at. */
  bytes?(): Promise<Buffer>;
  close(): Promise<void>;
}

export type OpenStore = () => Promise<OpenedStore>;

/** What an adapter promises beside what every store must do. */
export interface StoreFeatures {
  /** Flushes can be made to fail: `failNextFlush` is there. */
  readonly failedFlush: boolean;
  /** Stored bytes can be read: `bytes` is there. */
  readonly bytes: boolean;
  /** The store can be restored to an earlier point: `fork` is there. */
  readonly epochs: boolean;
}

export type StorePart = (open: OpenStore, features: StoreFeatures) => Check[];
