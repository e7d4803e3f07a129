// How do our services run in one process on real stores, with nothing left out but the edge?
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedBroker, storeFeed } from 'offshoot/messaging';
import { inProcess, outsideWorld, type Transport } from 'offshoot/rpc';
import type { Runtime } from 'offshoot/runtime';
import { nodeRuntime } from 'offshoot/runtime/node';
import { embeddedKeyring, sealer } from 'offshoot/security';
import {
  OWN_COLLECTIONS,
  type RunningService,
  runningService,
  type ServiceDefinition,
} from 'offshoot/service';
import type { Store } from 'offshoot/store';
import { SILENT, UNMEASURED } from 'offshoot/telemetry';
import { type OpenStore, openSqlite } from './stores.ts';

export interface OneProcess {
  readonly runtime: Runtime;
  readonly transport: Transport;
  readonly services: ReadonlyMap<string, RunningService>;
  store(name: string): Store;
  close(): Promise<void>;
}

const KEY = new Uint8Array(32);

/** Files are in a new folder, removed at the end; or in the folder that is given, which stays. */
export async function oneProcess(
  definitions: readonly ServiceDefinition[],
  given?: string,
  openStore: OpenStore = openSqlite,
): Promise<OneProcess> {
  const folder = given ?? mkdtempSync(join(tmpdir(), 'offshoot-bench-'));
  const runtime = nodeRuntime();
  const keyring = embeddedKeyring(runtime, runtime.openDatabase(join(folder, 'keyring.db')), KEY);
  const seals = sealer(keyring, runtime.cryptography);
  const { transport, register } = inProcess(runtime);
  const shared = {
    ...{ runtime, keyring, sealer: seals, transport, broker: embeddedBroker() },
    ...{ logger: SILENT, metrics: UNMEASURED, outside: outsideWorld(runtime, {}) },
    feed: (name: string) => storeFeed(name, store(name)),
  };
  const services = new Map<string, RunningService>();
  const store = (name: string): Store => {
    const found = services.get(name)?.store;
    if (!found) throw new Error(`there is no ${name}`);
    return found;
  };
  for (const definition of definitions) {
    const { name } = definition;
    const collections = [...OWN_COLLECTIONS, ...definition.collections];
    const own = await openStore({ runtime, service: name, sealer: seals, collections, folder });
    const running = runningService(definition, { ...shared, store: own });
    services.set(name, running);
    register(name, running.callee);
  }
  for (const one of services.values()) await one.start();
  return {
    ...{ runtime, transport, services, store },
    async close() {
      for (const one of services.values()) one.stop();
      await runtime.sleep(20);
      for (const one of services.values()) await one.store.close();
      keyring.close();
      if (given === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}
