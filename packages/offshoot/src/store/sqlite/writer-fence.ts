// Is this process still the one that writes the file?
import type { Database } from '../../runtime/index.ts';
import { fencedOff } from '../lease.ts';

export interface WriterFence {
  /** Inside a transaction: throws FENCED when another has opened the file since. */
  check(): void;
}

/**
 * Makes this process the writer: whoever was it before is FENCED from its next transaction on.
 * There is no term: that only one host runs on a folder is the operating system's lock; the fence
 * is for one that does not know yet that it is not the one any more.
 */
export function writerFence(database: Database): WriterFence {
  const stored = database.prepare("SELECT value FROM meta WHERE name = 'writer'");
  database.exec('BEGIN IMMEDIATE');
  const fence = Number(stored.get()?.value ?? 0) + 1;
  const mine = String(fence);
  database.prepare("INSERT OR REPLACE INTO meta VALUES ('writer', ?)").run(mine);
  database.exec('COMMIT');
  return {
    check() {
      if (stored.get()?.value !== mine) throw fencedOff({ name: 'offshoot:writer', fence });
    },
  };
}
