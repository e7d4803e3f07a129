// How does a test make a flush fail, as a full disk would?
import type { Database } from '../runtime/index.ts';

export interface FragileDatabase extends Database {
  /** The next COMMIT throws, and its transaction stays open for a rollback. */
  failNextFlush(): void;
}

/** A database whose next flush fails on demand. */
export function fragileDatabase(database: Database): FragileDatabase {
  let failing = false;
  return {
    exec(sql) {
      if (failing && /^\s*COMMIT/i.test(sql)) {
        failing = false;
        throw new Error('the disk is full');
      }
      database.exec(sql);
    },
    prepare: (sql) => database.prepare(sql),
    get inTransaction() {
      return database.inTransaction;
    },
    close: () => database.close(),
    failNextFlush() {
      failing = true;
    },
  };
}
