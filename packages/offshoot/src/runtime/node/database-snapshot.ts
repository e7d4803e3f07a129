// How is a database copied as it is now, while its owner goes on writing?
import { backup, DatabaseSync } from 'node:sqlite';

/** A database at one moment. Nobody waits for it; its owner's write-ahead log grows meanwhile. */
export interface DatabaseSnapshot {
  /** Writes a copy on a thread of its own. */
  copyTo(path: string): Promise<void>;
  close(): void;
}

const PAGES_A_STEP = 1_000;
const BUSY_TIMEOUT_MS = 1_000;

/**
 * Holds on to `path` as it is at this moment: opened in one turn, snapshots of several files of one
 * process are one cut through all of them. Throws the driver's own errors.
 */
export function databaseSnapshot(path: string): DatabaseSnapshot {
  const reader = new DatabaseSync(path, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM sqlite_schema').get(); // the first read takes the snapshot
  } catch (error) {
    reader.close();
    throw error;
  }
  return {
    async copyTo(to) {
      await backup(reader, to, { rate: PAGES_A_STEP });
    },
    close: () => reader.close(),
  };
}
