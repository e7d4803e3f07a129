// Where do the harness's stores live on PostgreSQL: a server of the run's own, and lines to it?
import { nodeRuntime } from 'offshoot/runtime/node';
import { OWN_COLLECTIONS } from 'offshoot/service';
import type { Store } from 'offshoot/store';
import { type Disk, readersOf } from '../disk.ts';
import type { HarnessSetting } from '../harness/protocol.ts';
import { HARNESS_COLLECTIONS } from '../harness/reading.ts';
import type { Backing } from '../harness/stage.ts';
import { SEALED_EYES } from '../sealed-eyes.ts';
import { POSTGRES_DATABASE, POSTGRES_USER, type PostgresServer, postgresServer } from './server.ts';
import { type ArmedPoints, armedPoints, type Wire, wire } from './wire.ts';

type Places = NonNullable<HarnessSetting['places']>;

/** A wire to each store, with points that are armed for all of them. */
export interface Lines {
  readonly points: ArmedPoints;
  readonly places: Places;
  /** Nothing passes to the server any more, until `open`. */
  cut(): void;
  open(): void;
  /** Resolves when nothing is under way on the server for a process that is gone. */
  quiet(): Promise<void>;
  close(): Promise<void>;
}

export interface Arena {
  readonly server: PostgresServer;
  /** Stores in schemas of their own, for one folder. */
  backing(): PostgresBacking;
  /** Lines of a process of its own to these stores. */
  lines(backing: PostgresBacking): Promise<Lines>;
  close(): Promise<void>;
}

export interface PostgresBacking extends Backing {
  schemaOf(service: string): string;
}

const SERVICES = Object.keys(HARNESS_COLLECTIONS) as (keyof typeof HARNESS_COLLECTIONS)[];
const HOME = 'till';

const urlOf = (port: number) =>
  `postgres://${POSTGRES_USER}@127.0.0.1:${port}/${POSTGRES_DATABASE}`;

/** Makes and starts a server below `root`. Rejects when there is no PostgreSQL here. */
export async function arena(root: string): Promise<Arena> {
  const server = await postgresServer(root);
  let stages = 0;
  return {
    server,
    backing() {
      stages += 1;
      const own = stages;
      const schemaOf = (service: string) => `${service}_${own}`;
      const url = urlOf(server.port);
      const places = placesOf(() => url, schemaOf);
      return {
        ...{ store: 'postgres', schemaOf },
        setting: () => ({ places }),
        disk: () => postgresDisk(url, schemaOf),
      };
    },
    lines: ({ schemaOf }) => linesTo(server, schemaOf),
    close: () => server.stop(),
  };
}

const placesOf = (
  url: (service: string) => string,
  schemaOf: PostgresBacking['schemaOf'],
): Places =>
  Object.fromEntries(
    SERVICES.map((service) => [service, { url: url(service), schema: schemaOf(service) }]),
  );

async function linesTo(
  server: PostgresServer,
  schemaOf: PostgresBacking['schemaOf'],
): Promise<Lines> {
  const points = armedPoints();
  const wires = new Map<string, Wire>();
  for (const service of SERVICES)
    wires.set(service, await wire({ serverPort: server.port, isHome: service === HOME, points }));
  const all = [...wires.values()];
  return {
    points,
    places: placesOf((service) => urlOf(wires.get(service)!.port), schemaOf),
    cut() {
      for (const one of all) one.cut();
    },
    open() {
      for (const one of all) one.open();
    },
    quiet: async () => void (await Promise.all(all.map((one) => one.quiet()))),
    close: async () => void (await Promise.all(all.map((one) => one.close()))),
  };
}

/** Asks the server past the wires. */
async function postgresDisk(url: string, schemaOf: (service: string) => string): Promise<Disk> {
  const { postgresStore } = await import('@offshoot/postgres');
  const runtime = nodeRuntime();
  const stores = new Map<string, Store>();
  for (const service of SERVICES) {
    const collections = [...OWN_COLLECTIONS, ...HARNESS_COLLECTIONS[service]];
    const place = { url, schema: schemaOf(service), sealer: SEALED_EYES };
    stores.set(service, await postgresStore({ runtime, ...place, service, collections }));
  }
  return {
    ...readersOf(stores),
    torn: new Map(),
    async close() {
      for (const store of stores.values()) await store.close();
    },
  };
}
