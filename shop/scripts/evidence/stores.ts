// Where are the stores of this shop, and what stands in them at one moment?
import { postgresHead, postgresSnapshot } from '@offshoot/postgres';
import { nodeRuntime } from 'offshoot/runtime/node';
import { SERVICES } from '../../topologies/services.ts';
import { usageError } from '../command/command-line.ts';
import { type StoreFile, storeFiles } from './store-file.ts';

/** A store at one moment, whatever it is kept in. */
export interface StoreView extends StoreFile {
  /** What stands in it, text by text, where that is not in the data folder. */
  texts?(): Iterable<string>;
}

export type Stores = ReadonlyMap<string, StoreView>;

export interface StorePlaces {
  readonly data: string;
  /** DATABASE_URL, as the shop was started with it. @default that of this process */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const runtime = nodeRuntime();

/**
 * Every service's store: the files of the data folder, or, where it has none, the schemas of
 * DATABASE_URL. Those are read into memory. Nothing is written, and nobody waits.
 */
export async function openStores(places: StorePlaces): Promise<Stores> {
  const files = storeFiles(places.data);
  if (files.size > 0) return files;
  const views = await Promise.all(
    schemasOf(places).map(async ([service, at]) => [service, await view(service, at)] as const),
  );
  return new Map(views);
}

/** The last position of each log. */
export async function storeHeads(places: StorePlaces): Promise<ReadonlyMap<string, number>> {
  const files = storeFiles(places.data);
  if (files.size > 0) {
    for (const file of files.values()) file.close();
    return new Map([...files].map(([service, { head }]) => [service, head]));
  }
  const heads = await Promise.all(
    schemasOf(places).map(async ([service, at]) => [service, await postgresHead(at)] as const),
  );
  return new Map(heads);
}

type Place = Parameters<typeof postgresSnapshot>[0];

/** As the topology `postgres` has them. */
function schemasOf({ data, environment = process.env }: StorePlaces): (readonly [string, Place])[] {
  return SERVICES.map(({ name }) => {
    const url = environment[`${name.toUpperCase()}_DATABASE_URL`] ?? environment.DATABASE_URL;
    if (url !== undefined) return [name, { runtime, url, schema: name }];
    throw usageError(
      `${data} has no stores: set DATABASE_URL, as the shop has it that runs on PostgreSQL`,
    );
  });
}

async function view(service: string, place: Place): Promise<StoreView> {
  const { entries, altered, documents, heads } = await postgresSnapshot(place);
  // An altered entry keeps no sum that could fit.
  const log = entries.map((entry) => {
    const sum = altered.has(entry.seq) ? entry.sum ^ 1 : entry.sum;
    return { ...entry, sum, format: 1 };
  });
  return {
    service,
    head: log.at(-1)?.seq ?? 0,
    log: () => log,
    correlated: (correlation) => log.filter((entry) => entry.correlation === correlation),
    *documents<T>(collection: string) {
      for (const { id, text, collection: of } of documents)
        if (of === collection) yield { id, data: JSON.parse(text) as T };
    },
    heads: () => heads,
    *texts() {
      for (const { key, stream, actor, data, meta } of log)
        yield [key, stream, actor, data, meta].join('\n');
      for (const { id, text } of documents) yield `${id}\n${text}`;
    },
    close: () => {},
  };
}
