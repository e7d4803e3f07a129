// How do several hosts on one data folder work on the same stores?
import type { Runtime } from '../runtime/index.ts';
import { type Folder, serveHttp } from '../runtime/node/index.ts';
import { sealer } from '../security/index.ts';
import { OWN_COLLECTIONS, type ServiceDefinition } from '../service/index.ts';
import type { Store } from '../store/index.ts';
import {
  EXCHANGE_BYTES_MAX,
  httpWire,
  REMOTE_COLLECTIONS,
  remoteStore,
  type StorePlace,
  storeDoor,
} from '../store/remote/index.ts';
import type { Logger } from '../telemetry/index.ts';
import {
  type EmbeddedStores,
  openKeyring,
  type StoreSurroundings,
  storeFile,
} from './embedded-stores.ts';
import { livingPlace, type StatedPlace } from './place-file.ts';
import { placedStores } from './placed-stores.ts';
import { storeIdentities } from './store-identities.ts';
import type { HostPlan, Topology } from './topology.ts';

/** `holder`: other hosts work on this one's stores; `replica`: this one works on another's. */
export type Sharing = 'holder' | 'replica';

/** Undefined for a host that is alone with its stores: it pays for none of this. */
export function sharingOf({ hosts }: Topology, { name, storesOf }: HostPlan): Sharing | undefined {
  if (storesOf !== undefined) return 'replica';
  return hosts.some((one) => one.storesOf === name) ? 'holder' : undefined;
}

/** Opens the files of this host, or its way to another's. Throws what `placedStores` throws. */
export function openStores(
  topology: Topology,
  plan: HostPlan,
  around: StoreSurroundings,
): Promise<EmbeddedStores> {
  const { services, storesOf } = plan;
  const isFile = !('open' in topology.store);
  if (isFile && storesOf !== undefined) return replicaStores(topology, services, storesOf, around);
  const sharing = sharingOf(topology, plan);
  const own = isFile && sharing ? [...OWN_COLLECTIONS, ...REMOTE_COLLECTIONS] : OWN_COLLECTIONS;
  return placedStores(topology, services, around, { own, isAlone: sharing === undefined });
}

const TOKEN_BYTES = 32;
const CUT_OFF_MS = 1_000;
const CONNECTIONS_MAX = 256;
const storesFile = (host: string) => `stores-${host}.json`;

type StoredPlace = StorePlace & StatedPlace;

/**
 * Serves the stores on a port of this machine's loopback, any free one. Whoever can read the file
 * `stores-<host>.json` of the data folder, its owner only, may work on them: it holds the address
 * and a token that is new at each start. Resolves with what closes it and removes the file.
 */
export async function openStoreDoor(
  host: string,
  stores: ReadonlyMap<string, Store>,
  parts: { readonly runtime: Runtime; readonly folder: Folder; readonly logger: Logger },
): Promise<() => Promise<void>> {
  const { runtime, folder, logger } = parts;
  const token = Buffer.from(runtime.randomBytes(TOKEN_BYTES)).toString('base64url');
  const onCrash = (cause: unknown) =>
    logger.error('what another host asked of a store failed', { error: String(cause) });
  const door = storeDoor({ runtime, stores, token, onCrash });
  const limits = { bodyBytesMax: EXCHANGE_BYTES_MAX, connectionsMax: CONNECTIONS_MAX };
  const server = await serveHttp({ handle: door.handle, port: 0, limits, onCrash });
  const place: StoredPlace = { pid: process.pid, url: server.url, token };
  folder.write(storesFile(host), `${JSON.stringify(place)}\n`);
  return async () => {
    folder.remove(storesFile(host));
    door.close();
    await server.close(CUT_OFF_MS);
  };
}

/**
 * Stores of another host on the same data folder, and the keyring of the folder. Waits for the
 * other host as long as a call may take. The caller's data folder is the same: so are the secrets.
 */
async function replicaStores(
  { secrets }: Topology,
  services: readonly ServiceDefinition[],
  storesOf: string,
  around: StoreSurroundings,
): Promise<EmbeddedStores> {
  const { runtime, folder } = around;
  const place = () => livingPlace<StoredPlace>(folder, storesFile(storesOf));
  const stores = new Map<string, Store>();
  const closeStores = async () => {
    await Promise.all([...stores.values()].map((store) => store.close()));
  };
  try {
    for (const { name: service } of services) {
      const wire = httpWire({ runtime, service, place });
      const store = await remoteStore({ runtime, service, wire });
      stores.set(service, store);
      storeIdentities(folder).check(service, storeFile(service), store.identity);
    }
    const keyring = openKeyring(secrets.master, around); // made by the other host by now
    const close = async () => {
      await closeStores();
      keyring.close();
    };
    return { keyring, sealer: sealer(keyring, runtime.cryptography), stores, close };
  } catch (error) {
    await closeStores();
    throw error;
  }
}
