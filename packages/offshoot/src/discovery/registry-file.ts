// Who was registered before the registry's process ended?
import type { Database } from '../runtime/index.ts';
import { type Instance, readInstance } from './instance.ts';

/** What a restart has to know. When it was last heard of is not in it: it gets a whole lease. */
export interface HeldInstance {
  readonly instance: Instance;
  readonly leaseMs: number;
  readonly token: string;
}

export interface RegistryFile {
  all(): HeldInstance[];
  put(held: HeldInstance): void;
  remove(service: string, id: string): void;
  close(): void;
}

/** A power cut may cost the newest rows: whoever they were registers again at its next renewal. */
const SETUP = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS instances (
    service TEXT NOT NULL, id TEXT NOT NULL, lease_ms INTEGER NOT NULL, token TEXT NOT NULL,
    instance TEXT NOT NULL, PRIMARY KEY (service, id)
  ) WITHOUT ROWID, STRICT`;

/** A table of registered instances. Renewals do not touch it. */
export function registryFile(database: Database): RegistryFile {
  database.exec(SETUP);
  const insert = database.prepare('INSERT OR REPLACE INTO instances VALUES (?, ?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM instances WHERE service = ? AND id = ?');
  return {
    all: () =>
      database
        .prepare('SELECT * FROM instances')
        .all()
        .flatMap(({ instance: text, lease_ms, token }) => {
          const instance = readInstance(JSON.parse(String(text)));
          return instance ? [{ instance, leaseMs: Number(lease_ms), token: String(token) }] : [];
        }),
    put({ instance, leaseMs, token }) {
      insert.run(instance.service, instance.id, leaseMs, token, JSON.stringify(instance));
    },
    remove: (service, id) => void remove.run(service, id),
    close: () => database.close(),
  };
}
