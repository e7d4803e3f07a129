// How does one file hold the keyring, wrapped by a master key?
import { OffshootError } from '../error/index.ts';
import type { Database, Runtime } from '../runtime/index.ts';
import type { Keyring, SubjectKey } from './keyring.ts';

const CACHE_MS = 60_000;
const CACHE_MAX = 50_000;
const LOOKUP = 'offshoot:lookup';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS keys (
    subject TEXT PRIMARY KEY, id TEXT NOT NULL, iv BLOB, tag BLOB, bytes BLOB
  ) WITHOUT ROWID;`;

/** What tells one keyring from another; a copy has the same. Undefined for a ring without keys. */
export function keyringIdentity(database: Database): string | undefined {
  const row = database.prepare('SELECT id FROM keys WHERE subject = ?').get(LOOKUP);
  return row && String(row.id);
}

interface Cached {
  readonly key: SubjectKey | 'erased';
  readonly until: number;
}

/**
 * A keyring in a database of its own. `master` is 32 bytes from the environment or a file; with
 * another master the keys do not open and the ring refuses to start.
 */
export function embeddedKeyring(runtime: Runtime, database: Database, master: Uint8Array): Keyring {
  database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;');
  database.exec(SCHEMA);
  const select = database.prepare('SELECT * FROM keys WHERE subject = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO keys VALUES (?, ?, ?, ?, ?)');
  const erase = database.prepare(
    'INSERT INTO keys VALUES (?, ?, NULL, NULL, NULL) ON CONFLICT (subject) DO UPDATE SET iv = NULL, tag = NULL, bytes = NULL',
  );
  const cache = new Map<string, Cached>();
  const { cryptography } = runtime;

  const remember = (subject: string, key: SubjectKey | 'erased'): void => {
    if (cache.size >= CACHE_MAX) cache.clear();
    cache.set(subject, { key, until: runtime.monotonic() + CACHE_MS });
  };

  const unwrap = (subject: string): SubjectKey | 'erased' | undefined => {
    const row = select.get(subject);
    if (!row) return undefined;
    if (row.bytes === null) return 'erased';
    const { iv, tag, bytes } = row as { iv: Uint8Array; tag: Uint8Array; bytes: Uint8Array };
    const hex = cryptography.open(master, { iv, tag, bytes }, subject);
    return { id: String(row.id), bytes: Buffer.from(hex, 'hex') };
  };

  const find = (subject: string): SubjectKey | 'erased' | 'missing' => {
    const cached = cache.get(subject);
    if (cached && cached.until > runtime.monotonic()) return cached.key;
    const key = unwrap(subject);
    if (key) remember(subject, key);
    return key ?? 'missing';
  };

  const make = (subject: string): void => {
    if (find(subject) !== 'missing') return;
    const plain = Buffer.from(runtime.randomBytes(32)).toString('hex');
    const { iv, tag, bytes } = cryptography.seal(master, plain, subject);
    insert.run(subject, runtime.id(), iv, tag, bytes);
  };

  let lookup: SubjectKey | 'erased' | 'missing';
  try {
    make(LOOKUP);
    lookup = find(LOOKUP);
  } catch (cause) {
    const message =
      'the keyring was made with another master key; give back OFFSHOOT_KEY or its file';
    throw new OffshootError('STORE_MISMATCH', message, { cause });
  }
  if (typeof lookup === 'string')
    throw new OffshootError('STORE_CORRUPT', 'the keyring lost its look-up key');

  return {
    lookupKey: lookup.bytes,
    find,
    async ensure(subjects) {
      try {
        database.exec('BEGIN IMMEDIATE');
        for (const subject of subjects) make(subject);
        database.exec('COMMIT');
      } catch (cause) {
        if (database.inTransaction) database.exec('ROLLBACK');
        throw new OffshootError('UNAVAILABLE', 'the keyring did not take a key; try again', {
          cause,
        });
      }
    },
    async forget(subject) {
      erase.run(subject, runtime.id());
      remember(subject, 'erased');
      // The write-ahead log still holds the page with the key: fold it in and cut it off.
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    },
    close: () => database.close(),
  };
}
