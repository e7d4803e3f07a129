// What does a SQLite store look like on disk, and may this release open it?
import { OffshootError } from '../../error/index.ts';
import type { Database, Runtime } from '../../runtime/index.ts';
import { type Epochs, FIRST_EPOCHS } from '../epochs.ts';
import { tableOf, tableStatement } from './tables.ts';

/** 'OFSH' in the file's header: this is a store and no other kind of database. */
const APPLICATION_ID = 0x4f465348;
/** 'OFMV': it was a store, or will be one. No release takes it for one. */
const MOVED_ID = 0x4f464d56;
/** A release reads this schema and those before. */
export const SCHEMA_VERSION = 3;

const EPOCHS =
  'CREATE TABLE epochs (epoch INTEGER PRIMARY KEY, forked_at INTEGER NOT NULL) WITHOUT ROWID;';

const SCHEMA = `
  ${EPOCHS}
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
  CREATE TABLE heads (key TEXT PRIMARY KEY, epoch INTEGER NOT NULL, seq INTEGER NOT NULL) WITHOUT ROWID;`;

export interface StoreFacts {
  readonly identity: string;
  readonly epochs: Epochs;
}

const pragma = (database: Database, name: string): number =>
  Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? { value: 0 })[0]);

function makeSchema(database: Database, service: string, facts: StoreFacts): void {
  database.exec('BEGIN IMMEDIATE');
  database.exec(SCHEMA);
  const insert = database.prepare('INSERT INTO meta VALUES (?, ?)');
  insert.run('identity', facts.identity);
  insert.run('service', service);
  writeEpochs(database, facts.epochs);
  setApplicationId(database, 'store');
  database.exec(`PRAGMA user_version = ${SCHEMA_VERSION};`);
  database.exec('COMMIT');
}

/** What the file says it is; part of the open transaction, if there is one. */
export function setApplicationId(database: Database, is: 'store' | 'moved'): void {
  database.exec(`PRAGMA application_id = ${is === 'store' ? APPLICATION_ID : MOVED_ID}`);
}

/** Makes the tables of a store that comes from elsewhere, in an empty file: no store yet. */
export function makeMovingSchema(database: Database, service: string, facts: StoreFacts): void {
  makeSchema(database, service, facts);
  setApplicationId(database, 'moved');
}

function writeEpochs(database: Database, epochs: Epochs): void {
  const insert = database.prepare('INSERT INTO epochs VALUES (?, ?)');
  for (const { epoch, forkedAt } of epochs) insert.run(epoch, forkedAt);
}

/** Schema 1 had one epoch, in `meta`: no release of it could restore. */
function migrateFrom1(database: Database): void {
  database.exec('BEGIN IMMEDIATE');
  database.exec(EPOCHS);
  writeEpochs(database, FIRST_EPOCHS);
  database.exec("DELETE FROM meta WHERE name = 'epoch'");
  database.exec('PRAGMA user_version = 2');
  database.exec('COMMIT');
}

/** Schema 2 had all documents in one table: each write asked every index of every collection. */
function migrateFrom2(database: Database): void {
  const rows = database.prepare('SELECT DISTINCT collection FROM documents').all();
  database.exec('BEGIN IMMEDIATE');
  for (const { collection } of rows) {
    const table = tableOf(String(collection));
    database.exec(tableStatement(String(collection)));
    const move = `INSERT INTO ${table} SELECT id, revision, data FROM documents WHERE collection = ?`;
    database.prepare(move).run(collection as string);
  }
  database.exec('DROP TABLE documents');
  database.exec('PRAGMA user_version = 3');
  database.exec('COMMIT');
}

function migrate(database: Database): void {
  if (pragma(database, 'user_version') === 1) migrateFrom1(database);
  if (pragma(database, 'user_version') === 2) migrateFrom2(database);
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

const notAStore = (service: string) =>
  new OffshootError('STORE_MISMATCH', `the file for ${service} is no Offshoot store; move it away`);

function gone(service: string, database: Database): OffshootError {
  const text = database.prepare("SELECT value FROM meta WHERE name = 'moved'").get()?.value;
  const where =
    text === undefined ? 'half of a move' : `left: it moved to ${JSON.parse(String(text)).to}`;
  const message = `the file for ${service} is ${where}; nothing is written to it any more`;
  return new OffshootError('STORE_MISMATCH', message);
}

function refuseForeign(database: Database, service: string): void {
  const version = pragma(database, 'user_version');
  const application = pragma(database, 'application_id');
  if (application === MOVED_ID) throw gone(service, database);
  if (application !== APPLICATION_ID) throw notAStore(service);
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
  if (pragma(database, 'user_version') === 0)
    makeSchema(database, service, { identity: runtime.id(), epochs: FIRST_EPOCHS });
  const facts = readMeta(database);
  if (facts.service !== service) {
    const message = `this file is the store of ${facts.service}, not of ${service}`;
    throw new OffshootError('STORE_MISMATCH', message);
  }
  migrate(database);
  return { identity: facts.identity, epochs: readEpochs(database) };
}

export function readMeta(database: Database) {
  const rows = database.prepare('SELECT name, value FROM meta').all();
  const meta = new Map(rows.map((row) => [row.name, String(row.value)]));
  return { identity: meta.get('identity') ?? '', service: meta.get('service') ?? '' };
}

export function readEpochs(database: Database): Epochs {
  if (pragma(database, 'user_version') < 2) return FIRST_EPOCHS;
  const rows = database.prepare('SELECT epoch, forked_at FROM epochs ORDER BY epoch').all();
  return rows.map((row) => ({ epoch: Number(row.epoch), forkedAt: Number(row.forked_at) }));
}

/** What a store's file says of itself; nothing is changed. Throws what `openSchema` would. */
export function readSchema(database: Database) {
  const name = 'a backup';
  if (!hasTables(database, name)) throw notAStore(name);
  refuseForeign(database, name);
  const schema = pragma(database, 'user_version');
  return { ...readMeta(database), schema, epochs: readEpochs(database) };
}

/**
 * Begins an epoch above the last entry: what a restore does before the store accepts a commit.
 * @throws STORE_MISMATCH when the epoch is not newer than the last.
 */
export function beginEpoch(database: Database, epoch: number): void {
  migrate(database);
  const last = readEpochs(database).at(-1)?.epoch ?? 0;
  if (epoch <= last)
    throw new OffshootError('STORE_MISMATCH', `epoch ${epoch} is not after epoch ${last}`);
  const head = Number(database.prepare('SELECT max(seq) AS seq FROM log').get()?.seq ?? 0);
  writeEpochs(database, [{ epoch, forkedAt: head }]);
}
