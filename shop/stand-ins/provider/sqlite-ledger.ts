// How does the provider remember through a crash? One SQLite file, its commits in groups.
import { DatabaseSync } from 'node:sqlite';
import type { Authorisation, LedgerEntry, LedgerStorage, StoredOperation } from './ledger.ts';

const SCHEMA_VERSION = 1;
const BUSY_TIMEOUT_MS = 2_000;

// Text columns that may end or begin with digits do not touch: a search of the file's bytes for
// card numbers then never joins two harmless ones.
const SCHEMA = `
  CREATE TABLE operations (
    key TEXT PRIMARY KEY, operation TEXT NOT NULL, fingerprint TEXT,
    status INTEGER NOT NULL, body TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE authorisations (
    id TEXT PRIMARY KEY, status TEXT NOT NULL, amount INTEGER NOT NULL, refunded INTEGER NOT NULL,
    currency TEXT NOT NULL, reference TEXT, method TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE entries (
    seq INTEGER PRIMARY KEY, amount INTEGER NOT NULL, at TEXT NOT NULL, kind TEXT NOT NULL,
    key TEXT NOT NULL, currency TEXT NOT NULL, reference TEXT, authorisation TEXT
  ) STRICT;
`;

/** A ledger whose records are staged in one open transaction until `commit`. */
export interface SqliteLedger extends LedgerStorage {
  /** Whether something was recorded since the last commit. */
  readonly hasStaged: boolean;
  /** Makes everything staged durable: it is on the disk when this returns. */
  commit(): void;
  /** Forgets everything staged. */
  rollback(): void;
  close(): void;
}

/**
 * Opens the ledger in `path`, for this process alone: a second one is refused while the first
 * lives. `:memory:` is a ledger without a file.
 */
export function sqliteLedger(path: string): SqliteLedger {
  const database = open(path);
  const select = statements(database);
  let seq = select.lastSeq();
  return {
    ...select,
    lastSeq: () => seq,
    get hasStaged() {
      return database.isTransaction;
    },
    record(change) {
      if (!database.isTransaction) database.exec('BEGIN IMMEDIATE');
      for (const operation of change.operations) select.putOperation(operation);
      if (change.authorisation) select.putAuthorisation(change.authorisation);
      if (change.entry) {
        select.putEntry(change.entry);
        seq = change.entry.seq;
      }
    },
    commit() {
      if (database.isTransaction) database.exec('COMMIT');
    },
    rollback() {
      if (database.isTransaction) database.exec('ROLLBACK');
      seq = select.lastSeq();
    },
    close: () => database.close(),
  };
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL; BEGIN EXCLUSIVE');
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version > SCHEMA_VERSION) {
      throw new Error(`STORE_TOO_NEW: ${path} has version ${version}, this is ${SCHEMA_VERSION}`);
    }
    if (version === 0) database.exec(`${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}`);
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function statements(database: DatabaseSync) {
  const operation = database.prepare('SELECT * FROM operations WHERE key = ?');
  const authorisation = database.prepare('SELECT * FROM authorisations WHERE id = ?');
  const last = database.prepare('SELECT coalesce(max(seq), 0) AS seq FROM entries');
  const page = database.prepare(`
    SELECT seq, at, kind, authorisation, key, amount, currency, reference
    FROM entries WHERE seq > ? ORDER BY seq LIMIT ?`);
  const putOperation = database.prepare('INSERT INTO operations VALUES (?, ?, ?, ?, ?)');
  const putAuthorisation = database.prepare(
    'INSERT OR REPLACE INTO authorisations VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  const putEntry = database.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  return {
    operation: (key: string) => operation.get(key) as StoredOperation | undefined,
    authorisation(id: string) {
      const row = authorisation.get(id);
      return row && withoutNullReference<Authorisation>(row);
    },
    lastSeq: () => Number(last.get()?.seq),
    entries: (after: number, limit: number) =>
      page.all(after, limit).map((row) => withoutNullReference<LedgerEntry>(row)),
    putOperation: (o: StoredOperation) =>
      putOperation.run(o.key, o.operation, o.fingerprint, o.status, o.body),
    putAuthorisation({ id, status, amount, refunded, currency, reference, method }: Authorisation) {
      putAuthorisation.run(id, status, amount, refunded, currency, reference ?? null, method);
    },
    putEntry({ seq, amount, at, kind, key, currency, reference, authorisation }: LedgerEntry) {
      putEntry.run(seq, amount, at, kind, key, currency, reference ?? null, authorisation);
    },
  };
}

function withoutNullReference<T>(row: Record<string, unknown>): T {
  const { reference, ...rest } = row;
  return (reference === null ? rest : { ...rest, reference }) as T;
}
