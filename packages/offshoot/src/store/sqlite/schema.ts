// What does a SQLite store look like on disk, and may this release open it?
import { OffshootError } from '../../error/index.ts';
import type { Database, Runtime } from '../../runtime/index.ts';

/** 'OFSH' in the file's header: this is a store and no other kind of database. */
const APPLICATION_ID = 0x4f465348;
/** A release reads this schema and the one before. */
export const SCHEMA_VERSION = 1;

const SCHEMA = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE log (
    seq INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, format INTEGER NOT NULL, unit TEXT NOT NULL,
    stream TEXT NOT NULL, version INTEGER NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL,
    schema INTEGER NOT NULL, at INTEGER NOT NULL, key TEXT NOT NULL, correlation TEXT NOT NULL,
    causation TEXT NOT NULL, actor TEXT NOT NULL, tenant TEXT NOT NULL, subject TEXT,
    public INTEGER NOT NULL, previous_epoch INTEGER, previous_seq INTEGER,
    data TEXT NOT NULL, meta TEXT NOT NULL, sum INTEGER NOT NULL
  );
  CREATE UNIQUE INDEX log_stream ON log (stream, version);
  CREATE TABLE heads (key TEXT PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE documents (
    collection TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, data TEXT NOT NULL,
    PRIMARY KEY (collection, id)
  ) WITHOUT ROWID;`;

export interface StoreFacts {
  readonly identity: string;
  readonly epoch: number;
}

const pragma = (database: Database, name: string): number =>
  Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? { value: 0 })[0]);

function makeSchema(database: Database, service: string, runtime: Runtime): void {
  database.exec('BEGIN IMMEDIATE');
  database.exec(SCHEMA);
  const insert = database.prepare('INSERT INTO meta VALUES (?, ?)');
  insert.run('identity', runtime.id());
  insert.run('service', service);
  insert.run('epoch', '1');
  database.exec(
    `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION};`,
  );
  database.exec('COMMIT');
}

function hasTables(database: Database, service: string): boolean {
  try {
    return pragma(database, 'schema_version') > 0;
  } catch (cause) {
    throw new OffshootError(
      'STORE_MISMATCH',
      `the file for ${service} is no database; move it away`,
      { cause },
    );
  }
}

function refuseForeign(database: Database, service: string): void {
  const version = pragma(database, 'user_version');
  if (pragma(database, 'application_id') !== APPLICATION_ID)
    throw new OffshootError(
      'STORE_MISMATCH',
      `the file for ${service} is no Offshoot store; move it away`,
    );
  if (version > SCHEMA_VERSION) {
    const message = `the store of ${service} has schema ${version}, this release knows ${SCHEMA_VERSION}; start the newer release`;
    throw new OffshootError('STORE_TOO_NEW', message);
  }
}

/**
 * Sets durable WAL mode, makes the tables in a new file, and refuses a file that is no store,
 * is another service's, or was written by a newer release.
 */
export function openSchema(database: Database, service: string, runtime: Runtime): StoreFacts {
  if (hasTables(database, service)) refuseForeign(database, service);
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;',
  );
  if (pragma(database, 'user_version') === 0) makeSchema(database, service, runtime);
  const meta = new Map(
    database
      .prepare('SELECT name, value FROM meta')
      .all()
      .map((row) => [row.name, String(row.value)]),
  );
  if (meta.get('service') !== service) {
    const message = `this file is the store of ${meta.get('service')}, not of ${service}`;
    throw new OffshootError('STORE_MISMATCH', message);
  }
  return { identity: meta.get('identity') ?? '', epoch: Number(meta.get('epoch')) };
}
