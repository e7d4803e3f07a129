// What has a store at one moment, read past the processes that have it open?
import type { Runtime } from 'offshoot/runtime';
import type { DocumentRow, EntryRow } from 'offshoot/store';
import { CONNECTION_DEFAULTS } from './connection.ts';
import { COLUMNS, readEntry } from './log-reader.ts';
import { checkSchemaName } from './migrations.ts';
import { documentOf } from './row-source.ts';
import { inSession, type Query } from './session.ts';
import { quoted } from './sql-array.ts';

export interface StoreSnapshot {
  /** The whole log, oldest first. */
  readonly entries: readonly EntryRow[];
  /** Positions of entries that are not what was written, or not where. */
  readonly altered: ReadonlySet<number>;
  /** Of all collections, by collection and id. */
  readonly documents: readonly DocumentRow[];
  /** Position of the last public entry of each key, as the store remembers it. */
  readonly heads: ReadonlyMap<string, number>;
}

export interface SnapshotOptions {
  readonly runtime: Runtime;
  readonly url: string;
  readonly schema: string;
}

const PAGE = 5_000;

/**
 * Reads a whole store into memory, in one transaction that writes nothing and locks nothing: for
 * checks and evidence, not for services. Personal fields stay sealed.
 * @throws UNAVAILABLE, also for a schema that is no store; BAD_SETTING
 */
export function postgresSnapshot({ runtime, ...at }: SnapshotOptions): Promise<StoreSnapshot> {
  const schema = quoted(checkSchemaName(at.schema));
  const { crc32 } = runtime.cryptography;
  return inSession({ runtime, url: at.url, limits: CONNECTION_DEFAULTS }, async (query) => {
    await query('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY');
    await query(`SET LOCAL search_path TO ${schema}`);
    const read = (await entryRows(query)).map((row) => readEntry(row, crc32));
    const heads = await query('SELECT key, seq FROM heads');
    return {
      entries: read.map(({ entry }) => entry),
      altered: new Set(read.filter(({ fits }) => !fits).map(({ entry }) => entry.seq)),
      documents: await documentRows(query),
      heads: new Map(heads.map(([key, seq]) => [key!, Number(seq)])),
    };
  });
}

/** The last position of a store, and nothing else of it. */
export function postgresHead({ runtime, url, schema }: SnapshotOptions): Promise<number> {
  return inSession({ runtime, url, limits: CONNECTION_DEFAULTS }, async (query) => {
    const name = quoted(checkSchemaName(schema));
    const [row] = await query(`SELECT coalesce(max(seq), 0) FROM ${name}.log`);
    return Number(row?.[0]);
  });
}

async function entryRows(query: Query) {
  const all: (readonly (string | null)[])[] = [];
  for (;;) {
    const after = all.at(-1)?.[0] ?? '0';
    const text = `SELECT ${COLUMNS} FROM log WHERE seq > $1 ORDER BY seq LIMIT ${PAGE}`;
    const page = await query(text, [after]);
    all.push(...page);
    if (page.length < PAGE) return all;
  }
}

async function documentRows(query: Query): Promise<readonly DocumentRow[]> {
  const all: DocumentRow[] = [];
  for (;;) {
    const last = all.at(-1);
    const text = `SELECT collection, id, revision, data FROM documents
      WHERE (collection, id) > ($1, $2) ORDER BY collection, id LIMIT ${PAGE}`;
    const page = await query(text, [last?.collection ?? '', last?.id ?? '']);
    all.push(...page.map(documentOf));
    if (page.length < PAGE) return all;
  }
}
