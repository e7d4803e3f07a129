// How are rows of a store that comes from elsewhere written into a new schema?
import { OffshootError } from 'offshoot/error';
import type {
  Collection,
  DocumentRow,
  EntryRow,
  RowFacts,
  RowName,
  RowTarget,
} from 'offshoot/store';
import { entrySum } from 'offshoot/store/sqlite';
import { CONNECTION_DEFAULTS } from './connection.ts';
import { contentSum, storedSum } from './entry-sum.ts';
import { type Fields, openFields } from './fields.ts';
import { endOf, indexTexts, SLOTS } from './index-slot.ts';
import { checkSchemaName, migrate } from './migrations.ts';
import { ARRIVED, ARRIVING, metaOf } from './move-marks.ts';
import type { SchemaPlaceOptions } from './row-source.ts';
import { openSession, type Query } from './session.ts';
import { plainArray, quoted, textArray } from './sql-array.ts';

export interface PostgresRowTargetOptions extends SchemaPlaceOptions {
  readonly collections: readonly Collection<any>[];
  readonly facts: Pick<RowFacts, 'identity' | 'epochs'>;
  /** The move's own. */
  readonly id: string;
}

const QUERY_MS = 10_000;

/**
 * Makes the schema. One that a move of the same store left half done is made again.
 * @throws STORE_MISMATCH when there is anything else in it.
 */
export async function postgresRowTarget(options: PostgresRowTargetOptions): Promise<RowTarget> {
  const { runtime, service, facts, id, collections } = options;
  const schema = checkSchemaName(options.schema);
  const { cryptography } = runtime;
  const { query, end } = await openSession({ ...options, limits: CONNECTION_DEFAULTS }, QUERY_MS);
  let fields: Fields;
  try {
    await clear(query, schema, facts.identity);
    await migrate(query, schema);
    await query(`SET search_path TO ${quoted(schema)}`);
    const meta = { identity: facts.identity, service, [ARRIVING]: id };
    for (const [name, value] of Object.entries(meta))
      await query('INSERT INTO meta VALUES ($1, $2)', [name, value]);
    await query('DELETE FROM epochs');
    for (const { epoch, forkedAt } of facts.epochs)
      await query('INSERT INTO epochs VALUES ($1, $2)', [epoch, forkedAt]);
    fields = await openFields(query, collections, cryptography);
  } catch (error) {
    await end();
    throw error;
  }
  const declared = new Map(collections.map((one) => [one.name, one]));
  let last = 0;

  const insertEntries = async (entries: readonly EntryRow[]): Promise<void> => {
    let before = last;
    for (const one of entries) {
      before += 1;
      if (one.seq !== before || entrySum(cryptography.crc32, one) !== one.sum)
        throw new OffshootError('STORE_CORRUPT', `entry ${one.seq} of ${service} is damaged`);
    }
    await query(INSERT_ENTRIES, entryColumns(entries, cryptography.crc32));
    const heads = new Map(entries.filter((one) => one.public).map((one) => [one.key, one]));
    const ends = [...heads.values()];
    await query(INSERT_HEADS, [
      ...[textArray(ends.map(({ key }) => key)), plainArray(ends.map(({ epoch }) => epoch))],
      plainArray(ends.map(({ seq }) => seq)),
    ]);
  };

  const insertDocuments = async (documents: readonly DocumentRow[]): Promise<void> => {
    const found = documents.map(({ collection, text }) => {
      const data: unknown = JSON.parse(text);
      const ends = endOf(data, declared.get(collection) ?? { ends: undefined });
      return { ends, keys: indexTexts(data, fields.of(collection), cryptography) };
    });
    await query(INSERT_DOCUMENTS, [
      textArray(documents.map(({ collection }) => collection)),
      textArray(documents.map(({ id }) => id)),
      plainArray(documents.map(({ revision }) => revision)),
      textArray(documents.map(({ text }) => text)),
      plainArray(found.map(({ ends }) => ends)),
      ...SLOTS.map((slot) => textArray(found.map(({ keys }) => keys[slot - 1]))),
    ]);
  };

  const removeDocuments = (names: readonly RowName[]) =>
    query(
      `DELETE FROM documents d USING unnest($1::text[], $2::text[]) u(c, i)
       WHERE d.collection = u.c AND d.id = u.i`,
      [textArray(names.map(({ collection }) => collection)), textArray(names.map(({ id }) => id))],
    );

  return {
    async write({ entries = [], documents = [], removed = [] }) {
      await query('BEGIN');
      try {
        if (entries.length > 0) await insertEntries(entries);
        if (documents.length > 0) await insertDocuments(documents);
        if (removed.length > 0) await removeDocuments(removed);
        await query('COMMIT');
        last = entries.at(-1)?.seq ?? last;
      } catch (error) {
        await query('ROLLBACK');
        throw error;
      }
    },
    async count(isCounted = true) {
      const documents = isCounted ? '(SELECT count(*) FROM documents)' : '0';
      const [row] = await query(`SELECT (SELECT coalesce(max(seq), 0) FROM log), ${documents}`);
      return { entries: Number(row?.[0]), documents: Number(row?.[1]) };
    },
    async complete() {
      const rows = await query(COMPLETE, [id]).catch((cause: unknown) => {
        throw unknown(service, cause);
      });
      if (rows.length > 0) return;
      throw new OffshootError('STORE_MISMATCH', `the schema ${schema} waits for another move`);
    },
    async abandon() {
      await dropHalf(query, schema, id);
      await end();
    },
    close: end,
  };
}

/** Ends the move `id` into the session's schema; it returns nothing where that is not what waits. */
const COMPLETE = `UPDATE meta SET name = '${ARRIVED}' WHERE name = '${ARRIVING}' AND value = $1 RETURNING 1`;

const unknown = (service: string, cause: unknown) =>
  new OffshootError('UNAVAILABLE', `nobody can say whether the store of ${service} has moved`, {
    ...{ details: { outcome: 'unknown' }, cause },
  });

/** Whether the move `id` made the store in this schema. */
export const hasArrived = async (query: Query, schema: string, id: string): Promise<boolean> =>
  (await metaOf(query, schema, ARRIVED)) === id;

/** Drops what the move `id` left half done: then it can never be complete. */
export async function dropHalf(query: Query, schema: string, id: string): Promise<void> {
  await query('ROLLBACK'); // of what was interrupted; else it does nothing
  if ((await metaOf(query, schema, ARRIVING)) !== id) return;
  await query('BEGIN');
  try {
    // Of two that come at once, one takes the mark: `complete`, or this.
    const mine = `DELETE FROM ${quoted(schema)}.meta WHERE name = '${ARRIVING}' AND value = $1 RETURNING 1`;
    if ((await query(mine, [id])).length > 0) await query(`DROP SCHEMA ${quoted(schema)} CASCADE`);
    await query('COMMIT');
  } catch (error) {
    await query('ROLLBACK');
    throw error;
  }
}

/**
 * What is to be cleared away before a store of this identity can come to the schema.
 * @throws STORE_MISMATCH when there is something that is nobody's to clear away.
 */
export async function checkFree(
  query: Query,
  schema: string,
  identity: string,
): Promise<'nothing' | 'half' | 'blank'> {
  const found = await query(
    `SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 LIMIT 1`,
    [schema],
  );
  if (found.length === 0) return 'nothing';
  const isOurs = (await metaOf(query, schema, 'identity')) === identity;
  if (isOurs && (await metaOf(query, schema, ARRIVING)) !== undefined) return 'half';
  const what = await metaOf(query, schema, 'service');
  if (what === undefined && (await isBlank(query, schema))) return 'blank';
  const has = what === undefined ? 'tables of something else' : `a store of ${what}`;
  throw new OffshootError(
    'STORE_MISMATCH',
    `the schema ${schema} has ${has}: drop or rename it, or name another database`,
  );
}

async function clear(query: Query, schema: string, identity: string): Promise<void> {
  const found = await checkFree(query, schema, identity);
  if (found === 'half')
    await dropHalf(query, schema, (await metaOf(query, schema, ARRIVING)) ?? '');
  if (found === 'blank') await query(`DROP SCHEMA ${quoted(schema)} CASCADE`);
}

/** The tables of a store in which nobody has ever been: a move that ended with its first step. */
async function isBlank(query: Query, schema: string): Promise<boolean> {
  const name = quoted(schema);
  const [there] = await query('SELECT to_regclass($1)', [`${name}.migrations`]);
  if (!there?.[0]) return false;
  const [row] = await query(
    `SELECT NOT EXISTS (SELECT 1 FROM ${name}.meta) AND NOT EXISTS (SELECT 1 FROM ${name}.log)`,
  );
  return row?.[0] === 't';
}

const K = SLOTS.map((slot) => `k${slot}`);
const INSERT_DOCUMENTS = `
  INSERT INTO documents (collection, id, revision, data, ends, ${K.join(', ')})
  SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::float8[],
    ${K.map((_, n) => `$${n + 6}::text[]`).join(', ')})
  ON CONFLICT (collection, id) DO UPDATE SET revision = excluded.revision, data = excluded.data,
    ends = excluded.ends, ${K.map((name) => `${name} = excluded.${name}`).join(', ')}`;
const INSERT_HEADS = `
  INSERT INTO heads SELECT * FROM unnest($1::text[], $2::int[], $3::bigint[])
  ON CONFLICT (key) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq`;

const LOG_TYPES = [
  ...['bigint', 'int', 'smallint', 'uuid', 'text', 'int', 'uuid', 'text', 'int', 'bigint'],
  ...['text', 'text', 'text', 'text', 'text', 'text', 'boolean', 'int', 'bigint', 'text', 'text'],
  'bigint',
];
const INSERT_ENTRIES = `INSERT INTO log
  SELECT * FROM unnest(${LOG_TYPES.map((type, n) => `$${n + 1}::${type}[]`).join(', ')})`;
const FORMAT = 1;

function entryColumns(entries: readonly EntryRow[], crc32: (text: string) => number): string[] {
  const text = (of: (one: EntryRow) => string | undefined) => textArray(entries.map(of));
  const plain = (of: (one: EntryRow) => number | boolean | undefined) =>
    plainArray(entries.map(of));
  return [
    ...[plain((one) => one.seq), plain((one) => one.epoch), plain(() => FORMAT)],
    ...[text((one) => one.unit), text((one) => one.stream), plain((one) => one.version)],
    ...[text((one) => one.id), text((one) => one.type), plain((one) => one.schema)],
    ...[plain((one) => one.at), text((one) => one.key), text((one) => one.correlation)],
    ...[text((one) => one.causation), text((one) => one.actor), text((one) => one.tenant)],
    ...[text((one) => one.subject), plain((one) => one.public)],
    ...[plain((one) => one.previous?.epoch), plain((one) => one.previous?.seq)],
    ...[text((one) => one.data), text((one) => one.meta)],
    plain((one) => storedSum(contentSum(crc32, { ...one, subject: one.subject }), one)),
  ];
}
