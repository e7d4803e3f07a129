// How does the shop lie on PostgreSQL while it is crashed?
import { nodeRuntime } from 'offshoot/runtime/node';
import { OWN_COLLECTIONS } from 'offshoot/service';
import type { Collection, Store } from 'offshoot/store';
import { readersOf } from '../disk.ts';
import { SEALED_EYES } from '../sealed-eyes.ts';
import type { Ground } from '../shop/ground.ts';
import { SHOP_COLLECTIONS } from '../shop/reading.ts';
import { POSTGRES_USER, type PostgresServer } from './server.ts';
import { armedPoints, type Wire, wire } from './wire.ts';

const SEEN = Object.keys(SHOP_COLLECTIONS) as (keyof typeof SHOP_COLLECTIONS)[];
const HOME = 'orders';

let databases = 0;

/** A database of its own on the server, and wires to the services that a checkout goes through. */
export async function postgresGround(server: PostgresServer, data: string): Promise<Ground> {
  databases += 1;
  const database = `shop_${databases}`;
  await server.createDatabase(database);
  const urlOf = (port: number) => `postgres://${POSTGRES_USER}@127.0.0.1:${port}/${database}`;
  const points = armedPoints();
  const wires = new Map<string, Wire>();
  for (const service of SEEN) {
    const isHome = service === HOME;
    wires.set(service, await wire({ serverPort: server.port, isHome, points }));
  }
  const all = [...wires.values()];
  const direct = urlOf(server.port);
  let seen = Promise.resolve<Awaited<ReturnType<typeof points.reached>>>(undefined);

  return {
    store: 'postgres',
    pointsAreOwn: false,
    environment: {
      DATABASE_URL: direct,
      ...Object.fromEntries(
        [...wires].map(([service, { port }]) => [
          `${service.toUpperCase()}_DATABASE_URL`,
          urlOf(port),
        ]),
      ),
    },
    arm: (arming) => points.arm(arming),
    disarm: () => points.arm(undefined),
    reached(_process, timeoutMs) {
      seen = points.reached(timeoutMs);
      return seen;
    },
    async disk() {
      const stores = await opened(direct, SHOP_COLLECTIONS);
      return { ...readersOf(stores), torn: new Map(), close: () => closed(stores) };
    },
    quiet: async () => void (await Promise.all(all.map((one) => one.quiet()))),
    async databaseKilled(look) {
      for (const one of all) one.cut();
      try {
        await server.kill();
        await server.start();
        await look();
      } finally {
        for (const one of all) one.open();
      }
    },
    books: { data, environment: { DATABASE_URL: direct } },
    async close() {
      await Promise.all(all.map((one) => one.close()));
    },
  };
}

async function opened(
  url: string,
  services: Readonly<Record<string, readonly Collection<any>[]>>,
): Promise<Map<string, Store>> {
  const { postgresStore } = await import('@offshoot/postgres');
  const runtime = nodeRuntime();
  const stores = new Map<string, Store>();
  for (const [service, own] of Object.entries(services)) {
    const collections = [...OWN_COLLECTIONS, ...own];
    const store = await postgresStore({ runtime, url, service, sealer: SEALED_EYES, collections });
    stores.set(service, store);
  }
  return stores;
}

async function closed(stores: ReadonlyMap<string, Store>): Promise<void> {
  for (const store of stores.values()) await store.close();
}
