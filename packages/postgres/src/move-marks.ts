// How does a schema say that its store has gone elsewhere, or is not there yet?
import { OffshootError } from 'offshoot/error';
import type { MoveMark } from 'offshoot/store';
import type { Query } from './session.ts';
import { quoted } from './sql-array.ts';

/** Whoever opens a store of this database waits for whoever has this lock. */
export const OPENING = 'SELECT pg_advisory_lock(1330006856, 1)';

/** SQLSTATE of a commit to a store that was left. */
export const MOVED_STATE = 'OF001';

/** In `meta`. */
export const SEALED = 'moved';
export const ARRIVING = 'arriving';
export const ARRIVED = 'arrived';

/** @throws STORE_MISMATCH when this is no store any more, or not yet. */
export function refuseMoved(schema: string, meta: ReadonlyMap<string, string>): void {
  const sealed = meta.get(SEALED);
  const refuse = (what: string): never => {
    throw new OffshootError('STORE_MISMATCH', `the schema ${schema} is ${what}`);
  };
  if (meta.has(ARRIVING)) refuse('half of a move: repeat the move, or drop the schema');
  if (sealed !== undefined)
    refuse(
      `left: its store moved to ${(JSON.parse(sealed) as MoveMark).to}; nothing is written to it any more`,
    );
}

/** What a schema says of itself; undefined also where it is no store. */
export async function metaOf(
  query: Query,
  schema: string,
  name: string,
): Promise<string | undefined> {
  const [there] = await query('SELECT to_regclass($1)', [`${quoted(schema)}.meta`]);
  if (!there?.[0]) return undefined;
  const found = await query(`SELECT value FROM ${quoted(schema)}.meta WHERE name = $1`, [name]);
  return found[0]?.[0] ?? undefined;
}

/** The move that sealed the store in the session's schema, if one has. */
export async function sealOf(query: Query): Promise<MoveMark | undefined> {
  const [row] = await query('SELECT value FROM meta WHERE name = $1', [SEALED]);
  return row ? (JSON.parse(row[0]!) as MoveMark) : undefined;
}

/**
 * Every commit, of any release, writes to `groups`: there it is refused from now on, and so are events of
 * users' own transactions. Inside a transaction that has the store's lock.
 */
export async function seal(query: Query, move: MoveMark): Promise<void> {
  await query('INSERT INTO meta VALUES ($1, $2)', [SEALED, JSON.stringify(move)]);
  const message = `the store moved to ${move.to}`.replaceAll("'", "''").replaceAll('%', '%%');
  await query(`CREATE FUNCTION moved_1() RETURNS trigger LANGUAGE plpgsql AS $fn$
    BEGIN RAISE EXCEPTION '${message}' USING ERRCODE = '${MOVED_STATE}'; END $fn$`);
  for (const table of ['groups', 'offshoot_outbox'])
    await query(`CREATE TRIGGER moved BEFORE INSERT ON ${table}
      FOR EACH STATEMENT EXECUTE FUNCTION moved_1()`);
}

export async function unseal(query: Query): Promise<void> {
  await query('DELETE FROM meta WHERE name = $1', [SEALED]);
  await query('DROP FUNCTION IF EXISTS moved_1() CASCADE');
}
