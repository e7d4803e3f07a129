// How is a session of PostgreSQL set up, and which servers are refused?
import { OffshootError } from 'offshoot/error';
import type { Runtime } from 'offshoot/runtime';
import pg from 'pg';
import type { ConnectionLimits, Row } from './connection.ts';
import { quoted } from './sql-array.ts';

export type Query = (
  text: string,
  values?: readonly (string | number | null)[],
) => Promise<readonly Row[]>;

const OLDEST = 140_000;
const IDLE_MS = 30_000;

/**
 * What the store counts on, whatever the server's or the user's defaults are: its own tables, one
 * snapshot a statement, a commit that is on disk when it is told, plans by index also while a table
 * is new and small, and no statement that waits for ever.
 */
export const sessionSettings = (schema: string, statementMs: number): string => `
  SET search_path TO ${quoted(schema)};
  SET default_transaction_isolation TO 'read committed';
  SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') IN ('off', 'local');
  SET statement_timeout TO ${Math.ceil(statementMs * 0.9)};
  SET idle_in_transaction_session_timeout TO ${IDLE_MS};
  SET enable_seqscan TO off; SET enable_hashjoin TO off; SET enable_mergejoin TO off;
  SET enable_bitmapscan TO off; SET jit TO off; SET plan_cache_mode TO force_generic_plan;`;

/**
 * Only the primary knows what is committed, and only from 14 on.
 * @throws UNAVAILABLE for a standby: it may become the primary; BAD_SETTING for an old server.
 */
export async function onPrimary(query: (text: string) => Promise<readonly Row[]>): Promise<void> {
  const [row] = await query("SELECT pg_is_in_recovery(), current_setting('server_version_num')");
  if (Number(row?.[1]) < OLDEST)
    throw new OffshootError('BAD_SETTING', `this is PostgreSQL ${row?.[1]}: 14 or newer is needed`);
  if (row?.[0] === 't')
    throw new OffshootError('UNAVAILABLE', 'this server is a standby: name the primary');
}

interface SessionPlace {
  readonly runtime: Runtime;
  readonly url: string;
  readonly limits: ConnectionLimits;
}

/** A session that somebody keeps: what it locks is let go with it. */
export interface Session {
  readonly query: Query;
  end(): Promise<void>;
}

const unusable = (cause: unknown): OffshootError => {
  if (cause instanceof OffshootError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OffshootError('UNAVAILABLE', `the database cannot be used (${reason})`, { cause });
};

/** @throws UNAVAILABLE, BAD_SETTING */
export async function openSession(at: SessionPlace, queryMs?: number): Promise<Session> {
  const client = new pg.Client({
    connectionString: at.url,
    application_name: 'offshoot setup',
    connectionTimeoutMillis: at.limits.connectMs,
    ...(queryMs === undefined ? {} : { query_timeout: queryMs }),
  });
  client.on('error', () => {}); // the query under way fails, and tells
  const query: Query = async (text, values) => {
    const asked = { text, rowMode: 'array' as const, types: { getTypeParser: () => asIs } };
    const given = values ? { ...asked, values: [...values] } : asked;
    const answer = await client.query(given).catch((cause: unknown) => {
      throw unusable(cause);
    });
    return (Array.isArray(answer) ? answer.at(-1) : answer).rows;
  };
  const end = () => client.end().catch(() => {});
  try {
    await client.connect();
    await onPrimary(query);
    return { query, end };
  } catch (cause) {
    await end();
    throw unusable(cause);
  }
}

/** One session for one task, outside of everything else: a script may be several statements. */
export async function inSession<T>(
  at: SessionPlace,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  const { query, end } = await openSession(at);
  try {
    return await work(query);
  } finally {
    await end();
  }
}

const asIs = (value: string) => value;
