// What stands in a service's store, read beside its writer and without its help?
import { readdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { storedEntry } from 'offshoot/store/sqlite';

/** An entry of the log; `data` and `meta` are still text. */
export type LogEntry = ReturnType<typeof storedEntry> & { readonly format: number };

export interface StoredDocument<T> {
  readonly id: string;
  readonly data: T;
}

/** A store at one moment: what is written later is not seen. */
export interface StoreFile {
  readonly service: string;
  /** The last position of the log. */
  readonly head: number;
  /** Oldest first. */
  log(): Iterable<LogEntry>;
  /** Entries of one business process, oldest first. Reads the whole log. */
  correlated(correlation: string): LogEntry[];
  documents<T>(collection: string): Iterable<StoredDocument<T>>;
  /** Position of the last public entry of each key, as the store remembers it. */
  heads(): ReadonlyMap<string, number>;
  close(): void;
}

const FILE = /^([a-z][a-z0-9-]*)\.db$/;
const BUSY_TIMEOUT_MS = 1_000;

/** Opens one store. Never writes, never blocks its writer: WAL readers do not. */
export function storeFile(path: string): StoreFile | undefined {
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  database.exec('BEGIN');
  const service = serviceOf(database);
  if (service === undefined) {
    database.close();
    return undefined;
  }
  const head = Number(database.prepare('SELECT max(seq) AS seq FROM log').get()?.seq ?? 0);
  const toEntry = (row: Record<string, unknown>): LogEntry =>
    ({ ...storedEntry(row as any), format: Number(row.format) }) as LogEntry;

  return {
    service,
    head,
    *log() {
      const rows = database.prepare('SELECT * FROM log ORDER BY seq').iterate();
      for (const row of rows) yield toEntry(row);
    },
    correlated: (correlation) =>
      database
        .prepare('SELECT * FROM log WHERE correlation = ? ORDER BY seq')
        .all(correlation)
        .map(toEntry),
    *documents<T>(collection: string) {
      const rows = database
        .prepare('SELECT id, data FROM documents WHERE collection = ? ORDER BY id')
        .iterate(collection);
      for (const row of rows) yield { id: String(row.id), data: JSON.parse(String(row.data)) as T };
    },
    heads() {
      const rows = database.prepare('SELECT key, seq FROM heads').all();
      return new Map(rows.map(({ key, seq }) => [String(key), Number(seq)]));
    },
    close: () => database.close(),
  };
}

/** Every service's store in a data folder. Other databases (the keyring, stand-ins) are none. */
export function storeFiles(data: string): ReadonlyMap<string, StoreFile> {
  const files = readdirSync(data).filter((name) => FILE.test(name) && !FOREIGN.has(name));
  const opened = files.map((name) => storeFile(`${data}/${name}`));
  return new Map(opened.flatMap((store) => (store ? [[store.service, store]] : [])));
}

/** Held by their own process alone. */
const FOREIGN = new Set(['keyring.db', 'provider.db', 'mailbox.db']);

function serviceOf(database: DatabaseSync): string | undefined {
  try {
    const row = database.prepare("SELECT value FROM meta WHERE name = 'service'").get();
    return row && String(row.value);
  } catch {
    return undefined;
  }
}
