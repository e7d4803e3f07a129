// Of what are the lists that make up a group, and what are their types called in the database?
import type { ColumnType } from './row-list.ts';

const K = { k1: 'text', k2: 'text', k3: 'text', k4: 'text', k5: 'text', k6: 'text' } as const;

/**
 * In the order of the function's parameters. `check`: documents that must have a revision (0 =
 * none), written by the transaction `stamp` if that is known: a document that was removed and made
 * again has revisions that it had before. `version`: of streams. `fence`: of leases. `page`: must
 * still be as it was read (a negative slot reads backwards). `removed`: documents to remove.
 * `fresh` documents are known not to be there, `changed` ones to be there; of `written` ones nobody
 * knows, and their revision counts from what is there. `entry`: `base` is the stream's version
 * before the group, or null; `nth` counts in the group; `prev` is null for a private entry, else
 * the place in the group of the one before of its key, or 0. `head`: the last public entry of a key.
 */
export const GROUP_ROWS = {
  fence: { name: 'text', fence: 'bigint' },
  check: { coll: 'text', id: 'text', rev: 'bigint', stamp: 'text' },
  version: { name: 'text', ver: 'int' },
  page: { coll: 'text', slot: 'int', val: 'text', after: 'text', lim: 'int', seen: 'text' },
  removed: { coll: 'text', id: 'text' },
  fresh: { coll: 'text', id: 'text', rev: 'bigint', data: 'text', ends: 'float8', ...K },
  changed: { coll: 'text', id: 'text', rev: 'bigint', data: 'text', ends: 'float8', ...K },
  written: { coll: 'text', id: 'text', rev: 'bigint', data: 'text', ends: 'float8', ...K },
  entry: {
    ...{ unit: 'uuid', stream: 'text', base: 'int', nth: 'int', id: 'uuid', type: 'text' },
    ...{ schema: 'int', at: 'bigint', key: 'text', corr: 'text', caus: 'text', actor: 'text' },
    ...{ tenant: 'text', subject: 'text', prev: 'int', data: 'text', meta: 'text', sum: 'bigint' },
  },
  head: { key: 'text', nth: 'int' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, ColumnType>>>>;

export type GroupList = keyof typeof GROUP_ROWS;
export const GROUP_LISTS = Object.keys(GROUP_ROWS) as readonly GroupList[];

/** Documents are written in three ways, as rows of one type. */
const SHARED: Partial<Record<GroupList, string>> = {
  fresh: 'document',
  changed: 'document',
  written: 'document',
};

/** The name of a list's type, without its schema. */
export const rowType = (list: GroupList): string => `group_${SHARED[list] ?? list}_2`;

export const columnNames = (list: GroupList): readonly string[] => Object.keys(GROUP_ROWS[list]);
export const columnTypes = (list: GroupList): readonly ColumnType[] =>
  Object.values(GROUP_ROWS[list]);

/** Makes the types. */
export const groupTypes = (): string =>
  [...new Map(GROUP_LISTS.map((list) => [rowType(list), list]))]
    .map(([type, list]) => {
      const columns = Object.entries(GROUP_ROWS[list]).map((column) => column.join(' '));
      return `CREATE TYPE ${type} AS (${columns.join(', ')});`;
    })
    .join('\n');

/** The number of each type in a schema: what is written in binary format says it. */
export type RowTypes = Readonly<Record<string, number>>;
export const ROW_TYPES_QUERY = `SELECT typname, oid FROM pg_type
  WHERE typnamespace = current_schema()::regnamespace AND typname LIKE 'group\\_%\\_2'`;
