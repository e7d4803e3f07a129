// How does the harness get its stores and its keyring, as a host would?
import { join } from 'node:path';
import type { Runtime } from 'offshoot/runtime';
import { embeddedKeyring, type Keyring, type Sealer, sealer } from 'offshoot/security';
import { OWN_COLLECTIONS, type ServiceDefinition } from 'offshoot/service';
import type { Store } from 'offshoot/store';
import { sqliteStore } from 'offshoot/store/sqlite';
import { withDefect } from './planted-defects.ts';
import type { HarnessSetting } from './protocol.ts';

export interface OpenedStores {
  readonly keyring: Keyring;
  readonly sealer: Sealer;
  readonly stores: ReadonlyMap<string, Store>;
}

const MASTER = new Uint8Array(32).fill(5);
const RETRY_MS = 60;
const PATIENCE_MS = 10_000;

/**
 * Does it again, 10 s at most, while somebody who stopped in the middle of a write holds it up. Who
 * hears `onBlocked` has a moment to let that one go on.
 */
export async function patiently<T>(
  runtime: Runtime,
  onBlocked: () => void,
  run: () => T | Promise<T>,
): Promise<T> {
  const end = runtime.monotonic() + PATIENCE_MS;
  for (;;) {
    try {
      return await run();
    } catch (error) {
      const isBlocked = /locked|busy|could not begin/i.test(String(error));
      if (!isBlocked || runtime.monotonic() > end) throw error;
      onBlocked();
      await runtime.sleep(RETRY_MS);
    }
  }
}

/** Opens the keyring and a store a service. */
export function openStores(
  services: readonly ServiceDefinition[],
  { folder, defect, checkpointPages }: HarnessSetting,
  runtime: Runtime,
): OpenedStores {
  const keyring = embeddedKeyring(
    runtime,
    runtime.openDatabase(join(folder, 'keyring.db')),
    MASTER,
  );
  const seals = sealer(keyring, runtime.cryptography);
  const stores = new Map<string, Store>();
  for (const { name: service, collections: own } of services) {
    const collections = [...OWN_COLLECTIONS, ...own];
    const open = (): Store => {
      const database = runtime.openDatabase(join(folder, `${service}.db`));
      const store = sqliteStore({ runtime, database, service, sealer: seals, collections });
      if (checkpointPages !== undefined)
        database.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
      return store;
    };
    stores.set(service, withDefect(open(), defect, open));
  }
  return { keyring, sealer: seals, stores };
}
