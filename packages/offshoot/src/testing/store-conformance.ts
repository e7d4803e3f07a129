// Does a store keep what the port promises? One suite, run by every adapter.
import type { Check } from './check.ts';
import { storeAtomicity } from './store-conformance/atomicity.ts';
import { storeDocuments } from './store-conformance/documents.ts';
import { storeDurability } from './store-conformance/durability.ts';
import { storeEpochs } from './store-conformance/epochs.ts';
import { storeLeases } from './store-conformance/leases.ts';
import { storeLog } from './store-conformance/log.ts';
import { storePersonalData } from './store-conformance/personal-data.ts';
import { storeProcesses } from './store-conformance/processes.ts';
import { storeReplies } from './store-conformance/replies.ts';
import { storeUnits } from './store-conformance/units.ts';
import { storeWakeUp } from './store-conformance/wake-up.ts';
import type { OpenStore, StoreFeatures, StorePart } from './store-under-test.ts';

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
    storeEpochs,
    storeWakeUp,
    storeDurability,
    storePersonalData,
    storeUnits,
    storeReplies,
    storeLeases,
    storeProcesses,
  ];
  return parts
    .flatMap((part) => part(open, features))
    .map((check) => ({ ...check, name: `${name}: ${check.name}` }));
}
