// How does the mailbox remember through a crash? One SQLite file, its commits in groups.
import { DatabaseSync } from 'node:sqlite';
import type { Message } from './message.ts';
import type { Seal } from './seal.ts';

/** A message with its place in the mailbox, from 1 on, dense. */
export interface Kept extends Message {
  readonly id: number;
}

export interface Spool {
  readonly count: number;
  /** Resolves once the message is on the disk. Rejects when it is not, or the spool is full. */
  keep(message: Message): Promise<void>;
  /** Durable messages with ids above `after`, oldest first. */
  after(after: number, limit: number): readonly Kept[];
  /** Durable messages with ids below `before`, newest first. */
  before(before: number, limit: number): readonly Kept[];
  close(): void;
}

const SCHEMA_VERSION = 1;
const BUSY_TIMEOUT_MS = 2_000;
export const MESSAGES_MAX = 1_000_000;
const SCHEMA = 'CREATE TABLE messages (id INTEGER PRIMARY KEY, sealed BLOB NOT NULL) STRICT;';

/** Opens the spool in `path`, for this process alone. */
export function spool(path: string, seal: Seal): Spool {
  const database = open(path);
  const insert = database.prepare('INSERT INTO messages (id, sealed) VALUES (?, ?)');
  const up = database.prepare(
    'SELECT id, sealed FROM messages WHERE id > ? AND id <= ? ORDER BY id LIMIT ?',
  );
  const down = database.prepare(
    'SELECT id, sealed FROM messages WHERE id < ? AND id <= ? ORDER BY id DESC LIMIT ?',
  );
  let durable = Number(database.prepare('SELECT max(id) AS id FROM messages').get()?.id ?? 0);
  let staged = durable;
  let waiting: PromiseWithResolvers<void>[] = [];

  const kept = ({ id, sealed }: Record<string, unknown>): Kept => ({
    id: Number(id),
    ...(JSON.parse(seal.open(sealed as Uint8Array)) as Message),
  });

  /** One commit for all that arrived in one turn: a flush of the disk is shared, never skipped. */
  function flush(): void {
    const group = waiting;
    waiting = [];
    try {
      if (database.isTransaction) database.exec('COMMIT');
      durable = staged;
      for (const one of group) one.resolve();
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      staged = durable;
      for (const one of group) one.reject(error);
    }
  }

  return {
    get count() {
      return durable;
    },
    keep(message) {
      const done = Promise.withResolvers<void>();
      if (staged >= MESSAGES_MAX) {
        done.reject(new Error(`the mailbox is full: it holds ${MESSAGES_MAX} messages`));
        return done.promise;
      }
      if (!database.isTransaction) database.exec('BEGIN IMMEDIATE');
      insert.run(staged + 1, seal.seal(JSON.stringify(message)));
      staged += 1;
      if (waiting.push(done) === 1) setImmediate(flush);
      return done.promise;
    },
    after: (after, limit) => up.all(after, durable, limit).map(kept),
    before: (before, limit) => down.all(before, durable, limit).map(kept),
    close() {
      flush();
      database.close();
    },
  };
}

function open(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL; BEGIN EXCLUSIVE');
    const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
    if (version > SCHEMA_VERSION)
      throw new Error(`STORE_TOO_NEW: ${path} has version ${version}, this is ${SCHEMA_VERSION}`);
    if (version === 0) database.exec(`${SCHEMA} PRAGMA user_version = ${SCHEMA_VERSION}`);
    database.exec('COMMIT');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}
