// What does a host have of its services' state, and how does it get its keyring?
import { OffshootError } from '../error/index.ts';
import type { Database, Runtime } from '../runtime/index.ts';
import type { Folder } from '../runtime/node/index.ts';
import { embeddedKeyring, type Keyring, type Sealer } from '../security/index.ts';
import type { Store, Switchable } from '../store/index.ts';
import { masterKey } from './master-key.ts';
import type { Settings } from './settings.ts';
import type { SecretPlan } from './topology.ts';

export interface EmbeddedStores {
  readonly keyring: Keyring;
  readonly sealer: Sealer;
  readonly stores: ReadonlyMap<string, Store>;
  /** Those of `stores` that may be exchanged while their services run, by service. */
  readonly switches?: ReadonlyMap<string, Switchable>;
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

/** The keyring of the folder: hosts that share stores each open it. */
export function openKeyring(secret: SecretPlan, around: StoreSurroundings): Keyring {
  const { runtime, folder } = around;
  const master = masterKey(secret, KEYRING_FILE, around);
  return opened(runtime, folder, KEYRING_FILE, (file) => embeddedKeyring(runtime, file, master));
}

/** Opens a database of the folder. @throws STORE_CORRUPT when it cannot be opened. */
export function opened<T>(
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
