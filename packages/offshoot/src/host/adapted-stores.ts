// How do the services of one host get their stores from an adapter, and the host its keyring?
import { sealer } from '../security/index.ts';
import { OWN_COLLECTIONS, type ServiceDefinition } from '../service/index.ts';
import type { Store } from '../store/index.ts';
import { type EmbeddedStores, openKeyring, type StoreSurroundings } from './embedded-stores.ts';
import { storeIdentities } from './store-identities.ts';
import type { SecretPlan, StoreAdapter } from './topology.ts';

/**
 * Opens one store a service. The keyring stays a file of the data folder, and so does the list of
 * the stores that were used last. What was opened is closed again when anything refuses:
 * STORE_MISMATCH, or what the adapter throws.
 */
export async function adaptedStores(
  services: readonly ServiceDefinition[],
  adapter: StoreAdapter,
  secret: SecretPlan,
  around: StoreSurroundings,
): Promise<EmbeddedStores> {
  const { runtime, settings, folder } = around;
  const identities = storeIdentities(folder);
  const keyring = openKeyring(secret, around);
  const seals = sealer(keyring, runtime.cryptography);
  const stores = new Map<string, Store>();
  const close = async () => {
    await Promise.all([...stores.values()].map((store) => store.close()));
    keyring.close();
  };
  try {
    for (const { name: service, collections: own } of services) {
      const collections = [...OWN_COLLECTIONS, ...own];
      const store = await adapter.open({ service, collections, sealer: seals, runtime, settings });
      stores.set(service, store);
      identities.check(service, `${adapter.kind}:${service}`, store.identity);
    }
    identities.keep();
  } catch (error) {
    await close();
    throw error;
  }
  return { keyring, sealer: seals, stores, close };
}
