// How is an SQL database opened in this process, with node:sqlite?
import { DatabaseSync } from 'node:sqlite';
import type { Database } from '../database.ts';

const BUSY_TIMEOUT_MS = 50;

/** Opens `path` (`:memory:` for none) with a busy timeout of 50 ms and foreign keys off. */
export function openNodeDatabase(path: string, options: { readOnly?: boolean } = {}): Database {
  const database = new DatabaseSync(path, {
    timeout: BUSY_TIMEOUT_MS,
    readOnly: options.readOnly ?? false,
    enableForeignKeyConstraints: false,
  });
  return {
    exec: (sql) => database.exec(sql),
    prepare: (sql) => database.prepare(sql) as ReturnType<Database['prepare']>,
    get inTransaction() {
      return database.isTransaction;
    },
    close: () => database.close(),
  };
}
