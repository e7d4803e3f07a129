// What does a store clear away that nobody will ask for any more?
import type { Runtime } from 'offshoot/runtime';
import type { Connection, Statement } from './connection.ts';

const EVERY_MS = 60_000;
const MORE_MS = 200;
const BATCH = 5_000;

/** Ids of commits: asked for within seconds, when an answer was lost. */
const OLD_GROUPS: Statement = {
  name: 'old groups',
  text: `DELETE FROM groups WHERE id IN (
    SELECT id FROM groups WHERE at < now() - interval '1 hour' ORDER BY at LIMIT ${BATCH})
    RETURNING 1`,
};

/** Clears in small bites, once a minute, and soon again while there is more. Returns what ends it. */
export function housekeeping(runtime: Runtime, connection: Connection): () => void {
  let stopped = false;
  let cancel = (): void => {};
  const later = (ms: number): void => {
    if (!stopped) cancel = runtime.after(ms, () => void clear());
  };
  const clear = async (): Promise<void> => {
    let cleared = 0;
    try {
      if (connection.isUp) cleared = (await connection.run(OLD_GROUPS, [])).length;
    } catch {} // they are as old the next time
    later(cleared === BATCH ? MORE_MS : EVERY_MS);
  };
  later(EVERY_MS * runtime.random());
  return () => {
    stopped = true;
    cancel();
  };
}
