// What does an adapter of the store hand to its conformance suite?
import type { Store, UnitContext } from '../store/index.ts';
import type { Check } from './check.ts';

/**
 * What happens to the next request that holds a unit:
 * - `lost-request`, `lost-answer`: it does not arrive; it is done, and its sender does not hear so.
 * - `late`: it is done, and comes once more after the next one.
 * - `dies-before`, `dies-staged`, `dies-after`: the writer's process is killed before it, between its
 *   turn and the flush, or when it was flushed and not answered; it starts again at the next request.
 */
export type WireFault =
  | 'lost-request'
  | 'lost-answer'
  | 'late'
  | 'dies-before'
  | 'dies-staged'
  | 'dies-after';

/** The process that holds the file, seen from the test. */
export interface WriterUnderTest {
  /** Its own store, of this moment. */
  readonly store: Store;
  next(fault: WireFault): void;
  /** Kills it: what is not flushed is lost. It starts again at once. */
  restart(): void;
}

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
  /** The process that writes; absent where it is this one. */
  readonly writer?: WriterUnderTest;
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
  /** The store is in another process: what `stage` refuses, its promise says. @default false */
  readonly deferred?: boolean;
  /** Another process writes, over a wire that can fail: `writer` is there. @default false */
  readonly processes?: boolean;
}

export type StorePart = (open: OpenStore, features: StoreFeatures) => Check[];
