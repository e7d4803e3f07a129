// How does the suite get SQLite stores on real files, whole or spoilt on purpose?
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Runtime } from '../runtime/index.ts';
import { sealer } from '../security/index.ts';
import type { Store } from '../store/index.ts';
import { beginEpoch, sqliteStore } from '../store/sqlite/index.ts';
import { UNMEASURED } from '../telemetry/index.ts';
import { testKeyring } from './bench.ts';
import { fragileDatabase } from './fragile-database.ts';
import { STORE_CONFORMANCE_COLLECTIONS } from './store-conformance/toys.ts';
import type { OpenedStore, OpenStore } from './store-under-test.ts';

/** Opens SQLite stores, each in a folder of its own below `root`; `wrap` may spoil them. */
export function sqliteStoreUnderTest(
  runtime: Runtime,
  root: string,
  wrap: (store: Store) => Store = (store) => store,
): OpenStore {
  return async (): Promise<OpenedStore> => {
    const folder = mkdtempSync(join(root, 'store-'));
    const keyring = testKeyring(runtime);
    let aheadMs = 0;
    const clocked = { ...runtime, now: () => runtime.now() + aheadMs };
    const shared = {
      runtime: clocked,
      service: 'toys',
      sealer: sealer(keyring, runtime.cryptography),
    };
    const file = join(folder, 'toys.db');
    let database = fragileDatabase(runtime.openDatabase(file));
    const collections = STORE_CONFORMANCE_COLLECTIONS;
    const openStore = () => wrap(sqliteStore({ ...shared, database, collections }));
    let store = openStore();
    const reopen = async (change: () => void = () => {}) => {
      await store.close();
      change();
      database = fragileDatabase(runtime.openDatabase(file));
      store = openStore();
      return store;
    };
    return {
      ...{ store, runtime, keyring, metrics: UNMEASURED },
      reopen: () => reopen(),
      fork: (epoch) =>
        reopen(() => {
          const restored = runtime.openDatabase(file);
          beginEpoch(restored, epoch);
          restored.close();
        }),
      moveClock(ms) {
        aheadMs += ms;
      },
      failNextFlush: () => database.failNextFlush(),
      bytes: async () =>
        Buffer.concat(readdirSync(folder).map((file) => readFileSync(join(folder, file)))),
      async close() {
        await store.close();
        keyring.close();
      },
    };
  };
}
