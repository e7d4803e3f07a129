// Where do the harness's stores live on PostgreSQL: a server of the run's own, and a wire to each?
import { nodeRuntime } from 'offshoot/runtime/node';
import { OWN_COLLECTIONS } from 'offshoot/service';
import type { Store } from 'offshoot/store';
import { type Disk, readersOf } from '../disk.ts';
import { HARNESS_COLLECTIONS } from '../harness/reading.ts';
import type { Backing } from '../harness/stage.ts';
import { SEALED_EYES } from '../sealed-eyes.ts';
import { POSTGRES_DATABASE, POSTGRES_USER, type PostgresServer, postgresServer } from './server.ts';
import { type ArmedPoints, armedPoints, type Wire, wire } from './wire.ts';

export interface Arena {
  readonly server: PostgresServer;
  readonly points: ArmedPoints;
  /** Stores in schemas of their own, for one folder. */
  backing(): Backing;
  /** Nothing passes to the server any more, until `open`. */
  cut(): void;
  open(): void;
  /** Resolves when nothing is under way on the server for a process that is gone. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

const SERVICES = Object.keys(HARNESS_COLLECTIONS) as (keyof typeof HARNESS_COLLECTIONS)[];

const HOME = 'till';

const urlOf = (port: number) =>
  `postgres://${POSTGRES_USER}@127.0.0.1:${port}/${POSTGRES_DATABASE}`;

/** Makes and starts a server below `root`. Rejects when there is no PostgreSQL here. */
export async function arena(root: string): Promise<Arena> {
  const server = await postgresServer(root);
  const points = armedPoints();
  const wires = new Map<string, Wire>();
  for (const service of SERVICES)
    wires.set(service, await wire({ serverPort: server.port, isHome: service === HOME, points }));
  const all = [...wires.values()];
  let stages = 0;

  const backing = (): Backing => {
    stages += 1;
    const schemaOf = (service: string, stage = stages) => `${service}_${stage}`;
    const own = stages;
    return {
      store: 'postgres',
      setting: () => ({
        places: Object.fromEntries(
          [...wires].map(([service, { port }]) => [
            service,
            { url: urlOf(port), schema: schemaOf(service, own) },
          ]),
        ),
      }),
      disk: () => postgresDisk(urlOf(server.port), (service) => schemaOf(service, own)),
    };
  };

  return {
    ...{ server, points, backing },
    cut() {
      for (const one of all) one.cut();
    },
    open() {
      for (const one of all) one.open();
    },
    quiet: async () => void (await Promise.all(all.map((one) => one.quiet()))),
    async close() {
      await Promise.all(all.map((one) => one.close()));
      await server.stop();
    },
  };
}

/** Asks the server past the wires. */
async function postgresDisk(url: string, schemaOf: (service: string) => string): Promise<Disk> {
  const { postgresStore } = await import('@offshoot/postgres');
  const runtime = nodeRuntime();
  const stores = new Map<string, Store>();
  for (const service of SERVICES) {
    const collections = [...OWN_COLLECTIONS, ...HARNESS_COLLECTIONS[service]];
    const place = { url, schema: schemaOf(service) };
    const store = await postgresStore({
      runtime,
      ...place,
      service,
      sealer: SEALED_EYES,
      collections,
    });
    stores.set(service, store);
  }
  return {
    ...readersOf(stores),
    torn: new Map(),
    async close() {
      for (const store of stores.values()) await store.close();
    },
  };
}
