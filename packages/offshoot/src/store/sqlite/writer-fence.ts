// Is this process still the one that writes the file?
import type { Database, Runtime } from '../../runtime/index.ts';
import { fencedOff, type LeaseRecord, leases } from '../lease.ts';
import type { Fence } from '../store.ts';

export interface WriterFence {
  /** Inside a transaction: throws FENCED when another has opened the file since. */
  check(): void;
}

const NAME = 'offshoot:writer';

/**
 * Makes this process the writer: whoever was it before is FENCED from its next transaction on.
 * There is no term: that only one host runs on a folder is the operating system's lock; the fence
 * is for one that does not know yet that it is not the one any more.
 */
export function writerFence(database: Database, runtime: Runtime): WriterFence {
  const stored = database.prepare('SELECT data FROM documents WHERE collection = ? AND id = ?');
  const current = () => {
    const row = stored.get(leases.name, NAME);
    return row && (JSON.parse(String(row.data)) as LeaseRecord);
  };
  database.exec('BEGIN IMMEDIATE');
  const fence = (current()?.fence ?? 0) + 1;
  const record: LeaseRecord = { holder: runtime.id(), fence, until: Number.MAX_SAFE_INTEGER };
  database
    .prepare(
      `INSERT INTO documents VALUES (?, ?, 1, ?)
       ON CONFLICT (collection, id) DO UPDATE SET revision = revision + 1, data = excluded.data`,
    )
    .run(leases.name, NAME, JSON.stringify(record));
  database.exec('COMMIT');
  const mine: Fence = { name: NAME, fence };
  return {
    check() {
      if (current()?.fence !== fence) throw fencedOff(mine);
    },
  };
}
