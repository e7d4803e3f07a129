// Does a store keep what the port promises? One suite, run by every adapter.
import type { Store, UnitContext } from '../store/index.ts';
import type { Check } from './check.ts';
import { storeAtomicity } from './store-conformance/atomicity.ts';
import { storeDocuments } from './store-conformance/documents.ts';
import { storeDurability } from './store-conformance/durability.ts';
import { storeLog } from './store-conformance/log.ts';
import { storePersonalData } from './store-conformance/personal-data.ts';
import { storeUnits } from './store-conformance/units.ts';

/** A store as the suite gets it: empty, knowing `STORE_CONFORMANCE_COLLECTIONS`. */
export interface OpenedStore extends UnitContext {
  readonly store: Store;
  /** Closes the store and opens what it left behind. */
  reopen(): Promise<Store>;
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
}

export type StorePart = (open: OpenStore, features: StoreFeatures) => Check[];

export { STORE_CONFORMANCE_COLLECTIONS } from './store-conformance/toys.ts';

/**
 * The checks of the store port. Run each under its name:
 *
 * @example
 * for (const { name, run } of storeConformance('sqlite', open, features)) test(name, run);
 */
export function storeConformance(name: string, open: OpenStore, features: StoreFeatures): Check[] {
  const parts: StorePart[] = [
    storeAtomicity,
    storeDocuments,
    storeLog,
    storeDurability,
    storePersonalData,
    storeUnits,
  ];
  return parts
    .flatMap((part) => part(open, features))
    .map((check) => ({ ...check, name: `${name}: ${check.name}` }));
}
