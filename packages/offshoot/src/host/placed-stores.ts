// How do the services of one host get their stores, each where it is, and the host its keyring?
import { nodeFiles } from '../runtime/node/index.ts';
import { sealer } from '../security/index.ts';
import type { ServiceDefinition } from '../service/index.ts';
import { type Collection, type Store, type Switchable, switchable } from '../store/index.ts';
import {
  type EmbeddedStores,
  openKeyring,
  type StoreSurroundings,
  storeFile,
} from './embedded-stores.ts';
import { finishReplacement } from './replacement.ts';
import { finishMove, type Home, placeIn, type StoreHomes, storeHomes } from './store-homes.ts';
import { type StoreIdentities, storeIdentities } from './store-identities.ts';
import type { StorePlace, Topology } from './topology.ts';

export interface PlacedStoresOptions {
  /** The toolkit's own collections. */
  readonly own: readonly Collection<any>[];
  /** No other host works on these stores: they may be moved. */
  readonly isAlone: boolean;
}

/**
 * Opens one store a service, with the toolkit's collections and the service's, and the keyring. The
 * caller holds the lock on the folder. A restore or a move that a crash interrupted is finished first.
 * What was opened is closed again when anything refuses: STORE_MISMATCH, STORE_TOO_NEW, STORE_CORRUPT,
 * or what an adapter throws.
 */
export async function placedStores(
  topology: Topology,
  services: readonly ServiceDefinition[],
  around: StoreSurroundings,
  { own, isAlone }: PlacedStoresOptions,
): Promise<EmbeddedStores> {
  const { runtime, settings, folder } = around;
  finishReplacement(nodeFiles(), folder.path);
  const homes = storeHomes(topology, folder);
  const identities = storeIdentities(folder);
  const isFile = (service: string) => homes.of(service).adapter.kind === 'sqlite';
  for (const { name } of services) if (isFile(name)) identities.expect(name, storeFile(name));
  const keyring = openKeyring(topology.secrets.master, around);
  const seals = sealer(keyring, runtime.cryptography);
  const stores = new Map<string, Store>();
  const switches = new Map<string, Switchable>();
  const close = async () => {
    await Promise.all([...stores.values()].map((store) => store.close()));
    keyring.close();
  };
  try {
    for (const { name: service, collections } of services) {
      const place = { ...{ service, runtime, settings, sealer: seals } };
      const whole = { ...place, collections: [...own, ...collections] };
      const store = await openedStore(homes, identities, whole);
      const exchangeable = isAlone && homes.canMove ? switchable(store, runtime) : undefined;
      if (exchangeable) switches.set(service, exchangeable);
      stores.set(service, exchangeable?.store ?? store);
    }
    identities.keep();
  } catch (error) {
    await close();
    throw error;
  }
  return { keyring, sealer: seals, stores, switches, close };
}

async function openedStore(
  homes: StoreHomes,
  identities: StoreIdentities,
  place: StorePlace,
): Promise<Store> {
  const { service } = place;
  await finishMove(homes, place);
  const home = homes.of(service);
  if (home.adapter.kind !== 'sqlite') await homes.at('sqlite').adapter.moves?.retire?.(place);
  const store = await home.adapter.open(placeIn(place, home));
  try {
    identities.check(service, nameOf(home, service), store.identity);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

const nameOf = ({ adapter: { kind } }: Home, service: string): string =>
  kind === 'sqlite' ? storeFile(service) : `${kind}:${service}`;
