// Which schema has this database, and may this release use it?
import { OffshootError } from 'offshoot/error';
import { commitFunction } from './commit-function.ts';
import type { Row } from './connection.ts';
import { firstCommitFunction } from './first-commit-function.ts';
import { FIRST_SCHEMA } from './first-schema.ts';
import { groupTypes } from './group-rows.ts';
import { quoted } from './sql-array.ts';

export interface Migration {
  /** 1, 2, 3 … */
  readonly number: number;
  readonly what: string;
  /** The oldest release, by the last migration it knows, that may go on using the store. */
  readonly oldest: number;
  readonly sql: (at: SchemaPlace) => string;
}

export interface SchemaPlace {
  readonly schema: string;
  /** The two numbers of the advisory lock that orders commits. */
  readonly lock: string;
  /** Of LISTEN and NOTIFY. */
  readonly channel: string;
}

export const MIGRATIONS: readonly Migration[] = [
  {
    number: 1,
    what: 'log, documents, groups, outbox',
    oldest: 1,
    sql: ({ lock, channel }) => `${FIRST_SCHEMA}
      CREATE TRIGGER outbox_call AFTER INSERT ON offshoot_outbox
        FOR EACH STATEMENT EXECUTE FUNCTION outbox_call_1('${channel}');
      ${firstCommitFunction(lock)}`,
  },
  {
    number: 2,
    what: 'groups as lists of rows',
    oldest: 1,
    sql: ({ lock }) => `${groupTypes()}
      ${commitFunction(lock, 2)}`,
  },
  {
    number: 3,
    what: 'who commits hears where its entries are',
    oldest: 1,
    sql: ({ lock }) => commitFunction(lock),
  },
];

type Query = (text: string) => Promise<readonly Row[]>;

const LOCK_CLASS = 0x4f465348; // 'OFSH': the stores' locks, told apart by the schema's own number
const LOCK_MIGRATIONS = 0;

/** Where PostgreSQL's names end. */
const NAME_MAX = 63;
const NAME = /^[a-z][a-z0-9_]*$/;

export const channelOf = (schema: string): string => `offshoot_${schema}`;

/** Throws BAD_SETTING for a name that a schema cannot have. */
export function checkSchemaName(schema: string): string {
  if (NAME.test(schema) && channelOf(schema).length <= NAME_MAX) return schema;
  throw new OffshootError(
    'BAD_SETTING',
    `'${schema}' is no schema: use a-z, 0-9 and _, at most 54`,
  );
}

/**
 * Makes the schema or brings it up to what this release knows, one process at a time. A newer
 * release may have been here: its additions stay, and this release works beside it, unless the
 * newer one says that it is too old.
 * @throws STORE_TOO_NEW, with nothing changed.
 */
export async function migrate(
  query: Query,
  schema: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  const name = quoted(schema);
  await query(`BEGIN; SELECT pg_advisory_xact_lock(${LOCK_CLASS}, ${LOCK_MIGRATIONS})`);
  try {
    await query(`CREATE SCHEMA IF NOT EXISTS ${name}`);
    await query(`SET LOCAL search_path TO ${name}`);
    await query(
      'CREATE TABLE IF NOT EXISTS migrations (number int PRIMARY KEY, what text NOT NULL, oldest int NOT NULL, at timestamptz NOT NULL DEFAULT now())',
    );
    const [row] = await query(
      'SELECT coalesce(max(number), 0), coalesce(max(oldest), 0) FROM migrations',
    );
    const [done, oldest] = [Number(row?.[0]), Number(row?.[1])];
    const known = migrations.at(-1)?.number ?? 0;
    if (oldest > known) throw tooNew(schema, done, known);
    const at = { schema, channel: channelOf(schema), lock: await lockOf(query, schema) };
    for (const { number, what, oldest, sql } of migrations.filter((one) => one.number > done)) {
      await query(sql(at));
      await query(`INSERT INTO migrations VALUES (${number}, '${what}', ${oldest})`);
    }
    await query('COMMIT');
  } catch (error) {
    await query('ROLLBACK');
    throw error;
  }
}

export async function lockOf(query: Query, schema: string): Promise<string> {
  const [row] = await query(`SELECT oid::bigint FROM pg_namespace WHERE nspname = '${schema}'`);
  // An oid has 32 bits without a sign, the lock's number has one.
  return `${LOCK_CLASS}, ${Number(row?.[0]) | 0}`;
}

const tooNew = (schema: string, done: number, known: number) =>
  new OffshootError(
    'STORE_TOO_NEW',
    `the schema ${schema} has migration ${done}, this release knows ${known}; start the newer release`,
  );
