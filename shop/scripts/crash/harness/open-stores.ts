// How does the harness get its stores and its keyring, as a host would?
import { join } from 'node:path';
import type { Runtime } from 'offshoot/runtime';
import { embeddedKeyring, type Keyring, type Sealer, sealer } from 'offshoot/security';
import { OWN_COLLECTIONS, type ServiceDefinition } from 'offshoot/service';
import type { Store } from 'offshoot/store';
import { sqliteStore } from 'offshoot/store/sqlite';
import { UNMEASURED } from 'offshoot/telemetry';
import { withDefect } from './planted-defects.ts';
import type { HarnessSetting } from './protocol.ts';
import { leasedStore } from './writer-lease.ts';

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
export async function openStores(
  services: readonly ServiceDefinition[],
  setting: HarnessSetting,
  runtime: Runtime,
): Promise<OpenedStores> {
  const file = runtime.openDatabase(join(setting.folder, 'keyring.db'));
  const keyring = embeddedKeyring(runtime, file, MASTER);
  const around = { runtime, keyring, sealer: sealer(keyring, runtime.cryptography) };
  const stores = new Map<string, Store>();
  const open = setting.store === 'postgres' ? onPostgres : onFile;
  for (const one of services) stores.set(one.name, await open(one, setting, around));
  return { keyring, sealer: around.sealer, stores };
}

interface Around {
  readonly runtime: Runtime;
  readonly keyring: Keyring;
  readonly sealer: Sealer;
}

const collectionsOf = ({ collections }: ServiceDefinition) => [...OWN_COLLECTIONS, ...collections];

async function onFile(
  definition: ServiceDefinition,
  { folder, defect, checkpointPages }: HarnessSetting,
  { runtime, sealer: seals }: Around,
): Promise<Store> {
  const { name: service } = definition;
  const collections = collectionsOf(definition);
  const open = (): Store => {
    const database = runtime.openDatabase(join(folder, `${service}.db`));
    const store = sqliteStore({ runtime, database, service, sealer: seals, collections });
    if (checkpointPages !== undefined)
      database.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    return store;
  };
  return withDefect(open(), defect, open);
}

async function onPostgres(
  definition: ServiceDefinition,
  { places, holder, defect, isReplica }: HarnessSetting,
  { runtime, keyring, sealer: seals }: Around,
): Promise<Store> {
  const { postgresStore } = await import('@offshoot/postgres');
  const { name: service } = definition;
  const place = places?.[service];
  if (!place) throw new Error(`nobody says where the store of ${service} is`);
  const collections = collectionsOf(definition);
  const store = await postgresStore({ runtime, ...place, service, sealer: seals, collections });
  const around = { runtime, keyring, metrics: UNMEASURED };
  // One that takes the fence back does so by not asking for any.
  if (isReplica || defect === 'takes-the-fence-back') return withDefect(store, defect, () => store);
  return withDefect(await leasedStore(store, around, holder), defect, () => store);
}
