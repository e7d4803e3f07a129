// What has the disk, asked through the store port, and without touching what a process left there?
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { nodeRuntime } from 'offshoot/runtime/node';
import { OWN_COLLECTIONS } from 'offshoot/service';
import {
  type Collection,
  type Entry,
  every,
  type Position,
  START,
  type Store,
} from 'offshoot/store';
import { sqliteStore } from 'offshoot/store/sqlite';
import { SEALED_EYES } from './sealed-eyes.ts';
import { endOfLog } from './write-ahead-log.ts';

/** Stores as a dead process left them. */
export interface Disk {
  /** Entries after a position, oldest first. */
  entries(service: string, after?: Position): Promise<Entry[]>;
  /** Every document of a collection by id; personal fields stay sealed. */
  documents<T>(service: string, of: Collection<T>): Promise<Map<string, T>>;
  /** Logs that end in the middle of a commit, by file; the text is the same for the same end. */
  readonly torn: ReadonlyMap<string, string>;
  close(): Promise<void>;
}

const PAGE = 1_000;
const runtime = nodeRuntime();

const opened = (path: string, service: string, collections: readonly Collection<any>[]): Store => {
  const database = runtime.openDatabase(path);
  return sqliteStore({ runtime, database, service, sealer: SEALED_EYES, collections });
};

/**
 * Copies the databases of these services and opens the copies: to open one is to recover it, and
 * that is for the process that comes back to do. The write-ahead log is read as it lies there. The
 * copies are removed with the disk.
 */
export function sqliteDisk(
  folder: string,
  services: Readonly<Record<string, readonly Collection<any>[]>>,
  copies = join(folder, 'copies'),
): Disk {
  rmSync(copies, { recursive: true, force: true });
  mkdirSync(copies);
  const stores = new Map<string, Store>();
  for (const [service, own] of Object.entries(services)) {
    const from = join(folder, `${service}.db`);
    if (!existsSync(from)) continue;
    const to = join(copies, `${service}.db`);
    copyFileSync(from, to);
    if (existsSync(`${from}-wal`)) copyFileSync(`${from}-wal`, `${to}-wal`);
    stores.set(service, opened(to, service, [...OWN_COLLECTIONS, ...own]));
  }
  return {
    ...readersOf(stores),
    torn: tornIn(folder),
    async close() {
      for (const store of stores.values()) await store.close();
      rmSync(copies, { recursive: true, force: true });
    },
  };
}

/** Of every database there, whoever's it is. */
function tornIn(folder: string): ReadonlyMap<string, string> {
  const torn = new Map<string, string>();
  for (const name of readdirSync(folder)) {
    if (!name.endsWith('.db')) continue;
    const { uncommitted, mark } = endOfLog(join(folder, name));
    if (uncommitted > 0) torn.set(name, mark);
  }
  return torn;
}

/** What can be read of stores, whatever they are kept in. */
export function readersOf(stores: ReadonlyMap<string, Store>): Pick<Disk, 'entries' | 'documents'> {
  return {
    async entries(service, after = START) {
      const found: Entry[] = [];
      const store = stores.get(service);
      for (let from = after; store; ) {
        const { entries, upto } = await store.readLog(from, PAGE);
        found.push(...entries);
        if (upto.seq === from.seq) break;
        from = upto;
      }
      return found;
    },
    async documents<T>(service: string, of: Collection<T>) {
      const found = new Map<string, T>();
      const store = stores.get(service);
      for (let after = ''; store; ) {
        const page = await store.load(every(of, { limit: PAGE, after }));
        for (const { id, data } of page) found.set(id, data);
        if (page.length < PAGE) break;
        after = page.at(-1)?.id ?? '';
      }
      return found;
    },
  };
}
