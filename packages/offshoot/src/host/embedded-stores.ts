// How do the services of one host get their stores, and the host its keyring?
import { OffshootError } from '../error/index.ts';
import type { Database, Runtime } from '../runtime/index.ts';
import { type Folder, nodeFiles } from '../runtime/node/index.ts';
import { embeddedKeyring, type Keyring, type Sealer, sealer } from '../security/index.ts';
import { OWN_COLLECTIONS, type ServiceDefinition } from '../service/index.ts';
import type { Collection, Store } from '../store/index.ts';
import { sqliteStore } from '../store/sqlite/index.ts';
import { masterKey } from './master-key.ts';
import { finishReplacement } from './replacement.ts';
import type { Settings } from './settings.ts';
import { storeIdentities } from './store-identities.ts';
import type { SecretPlan } from './topology.ts';

export interface EmbeddedStores {
  readonly keyring: Keyring;
  readonly sealer: Sealer;
  readonly stores: ReadonlyMap<string, Store>;
  /** Flushes and closes the stores, then the keyring. */
  close(): Promise<void>;
}

export interface StoreSurroundings {
  readonly runtime: Runtime;
  readonly settings: Settings;
  readonly folder: Folder;
}

export const KEYRING_FILE = 'keyring.db';
export const storeFile = (service: string) => `${service}.db`;

/**
 * Opens one SQLite file a service, with the toolkit's collections (`own`) and the service's, and
 * the keyring. The caller holds the lock on the folder. A restore that a crash interrupted is
 * finished first. What was opened is closed again when anything refuses: STORE_MISMATCH,
 * STORE_TOO_NEW, STORE_CORRUPT.
 */
export async function embeddedStores(
  services: readonly ServiceDefinition[],
  secret: SecretPlan,
  around: StoreSurroundings,
  own: readonly Collection<any>[] = OWN_COLLECTIONS,
): Promise<EmbeddedStores> {
  const { runtime, folder } = around;
  finishReplacement(nodeFiles(), folder.path);
  const identities = storeIdentities(folder);
  for (const { name } of services) identities.expect(name, storeFile(name));
  const keyring = openKeyring(secret, around);
  const seals = sealer(keyring, runtime.cryptography);
  const stores = new Map<string, Store>();
  const close = async () => {
    for (const store of stores.values()) await store.close();
    keyring.close();
  };
  try {
    for (const definition of services) {
      const { name: service } = definition;
      const collections = [...own, ...definition.collections];
      const store = opened(runtime, folder, storeFile(service), (database) =>
        sqliteStore({ runtime, database, service, sealer: seals, collections }),
      );
      stores.set(service, store);
      identities.check(service, storeFile(service), store.identity);
    }
    identities.keep();
  } catch (error) {
    await close();
    throw error;
  }
  return { keyring, sealer: seals, stores, close };
}

/** The keyring of the folder: hosts that share stores each open it. */
export function openKeyring(secret: SecretPlan, around: StoreSurroundings): Keyring {
  const { runtime, folder } = around;
  const master = masterKey(secret, KEYRING_FILE, around);
  return opened(runtime, folder, KEYRING_FILE, (file) => embeddedKeyring(runtime, file, master));
}

function opened<T>(
  runtime: Runtime,
  folder: Folder,
  file: string,
  make: (database: Database) => T,
): T {
  let database: Database | undefined;
  try {
    database = runtime.openDatabase(folder.at(file));
    return make(database);
  } catch (cause) {
    database?.close();
    if (cause instanceof OffshootError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `${folder.at(file)} cannot be opened (${reason}): put back a good copy, or move it away`;
    throw new OffshootError('STORE_CORRUPT', message, { cause });
  }
}
