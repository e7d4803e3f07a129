// How are the rows of a schema read, beside the store that writes them?
import { OffshootError } from 'offshoot/error';
import type { Runtime } from 'offshoot/runtime';
import type { DocumentRow, MoveMark, RowSource } from 'offshoot/store';
import { CONNECTION_DEFAULTS, type Row } from './connection.ts';
import { COLUMNS, entryRowOf } from './log-reader.ts';
import { checkSchemaName, lockOf } from './migrations.ts';
import { OPENING, seal, sealOf, unseal } from './move-marks.ts';
import { openSession, type Query } from './session.ts';
import { quoted, textArray } from './sql-array.ts';

export interface SchemaPlaceOptions {
  readonly runtime: Runtime;
  readonly url: string;
  readonly service: string;
  readonly schema: string;
}

const QUERY_MS = 10_000;
const LOCK_MS = 500;

/** A row of collection, id, revision and text. */
export const documentOf = ([collection, id, revision, text]: Row): DocumentRow => ({
  ...{ collection: collection!, id: id!, revision: Number(revision), text: text! },
});

/**
 * One session, which keeps every other process from opening a store of the database meanwhile: only the
 * one that has this store open now may write to it, and whoever moves the store knows what it writes.
 * @throws UNAVAILABLE when another process has the store open.
 */
export async function postgresRowSource(at: SchemaPlaceOptions): Promise<RowSource> {
  const { runtime, service } = at;
  const schema = checkSchemaName(at.schema);
  const { crc32 } = runtime.cryptography;
  const { query, end } = await openSession({ ...at, limits: CONNECTION_DEFAULTS }, QUERY_MS);

  const alone = async (): Promise<void> => {
    const [row] = await query(
      `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = $1`,
      [`offshoot ${service} ${schema} writer`.slice(0, 63)],
    );
    if (Number(row?.[0]) <= 1) return;
    throw new OffshootError(
      'UNAVAILABLE',
      `another process has the store of ${service} open: stop it, then move`,
    );
  };

  try {
    await query(`SET lock_timeout TO ${LOCK_MS}`);
    await query(OPENING);
    await query(`SET search_path TO ${quoted(schema)}`);
    await alone();
  } catch (error) {
    await end();
    throw error;
  }

  return {
    async facts(isCounted = true) {
      const documents = isCounted ? '(SELECT count(*) FROM documents)' : '0';
      const [row] = await query(
        `SELECT (SELECT value FROM meta WHERE name = 'identity'),
           (SELECT coalesce(max(seq), 0) FROM log), ${documents}`,
      );
      const epochs = await query('SELECT epoch, forked_at FROM epochs ORDER BY epoch');
      return {
        identity: row?.[0] ?? '',
        epochs: epochs.map(([epoch, forked]) => ({
          ...{ epoch: Number(epoch), forkedAt: Number(forked) },
        })),
        ...{ entries: Number(row?.[1]), documents: Number(row?.[2]) },
      };
    },
    async entries(after, limit) {
      const rows = await query(`SELECT ${COLUMNS} FROM log WHERE seq > $1 ORDER BY seq LIMIT $2`, [
        after,
        limit,
      ]);
      return rows.map((row) => entryRowOf(row, crc32));
    },
    async documents(after, limit) {
      const rows = await query(
        `SELECT collection, id, revision, data FROM documents WHERE (collection, id) > ($1, $2)
         ORDER BY collection, id LIMIT $3`,
        [after?.collection ?? '', after?.id ?? '', limit],
      );
      return rows.map(documentOf);
    },
    async named(names) {
      const rows = await query(
        `SELECT d.collection, d.id, d.revision, d.data FROM unnest($1::text[], $2::text[]) u(c, i)
         JOIN documents d ON d.collection = u.c AND d.id = u.i`,
        [
          textArray(names.map(({ collection }) => collection)),
          textArray(names.map(({ id }) => id)),
        ],
      );
      return rows.map(documentOf);
    },
    async seal(move) {
      for (let looks = 1; !(await sealed(query, schema, move)); looks += 1) {
        if (looks === LOOKS_MAX)
          throw new OffshootError(
            'OVERLOADED',
            `events wait in the outbox of ${service}: their transactions have to end first`,
          );
        await runtime.sleep(LOOK_MS);
      }
      await alone();
    },
    unseal: (id) => unsealed(query, id),
    close: end,
  };
}

const LOCK_NOT_AVAILABLE = '55P03';
const LOOKS_MAX = 20;
const LOOK_MS = 50;

/** False when the outbox has events: the store's own process is about to take them. */
async function sealed(query: Query, schema: string, move: MoveMark): Promise<boolean> {
  await query('BEGIN');
  try {
    await query(`SELECT pg_advisory_xact_lock(${await lockOf(query, schema)})`);
    await query('LOCK TABLE offshoot_outbox IN SHARE ROW EXCLUSIVE MODE');
    const before = await sealOf(query);
    if (before && before.id !== move.id)
      throw new OffshootError('STORE_MISMATCH', `the store is sealed by the move ${before.id}`);
    const [waiting] = await query('SELECT 1 FROM offshoot_outbox LIMIT 1');
    if (!before && !waiting) await seal(query, move);
    await query('COMMIT');
    return before !== undefined || waiting === undefined;
  } catch (error) {
    await query('ROLLBACK');
    if (isBusy(error)) return false;
    throw error;
  }
}

/** A transaction of a user has written events, and has not ended yet. */
const isBusy = (error: unknown): boolean =>
  error instanceof OffshootError && (error.cause as { code?: string })?.code === LOCK_NOT_AVAILABLE;

/** Takes back the seal of the move `id`, if the session's schema has it. */
export async function unsealed(query: Query, id: string): Promise<void> {
  await query('ROLLBACK'); // of what was interrupted; else it does nothing
  await query('BEGIN');
  try {
    if ((await sealOf(query))?.id === id) await unseal(query);
    await query('COMMIT');
  } catch (error) {
    await query('ROLLBACK');
    throw error;
  }
}
