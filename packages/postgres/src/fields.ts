// Which slot has which field of a collection, for all releases that share the store?
import { OffshootError } from 'offshoot/error';
import type { Cryptography } from 'offshoot/runtime';
import type { Collection } from 'offshoot/store';
import type { Row } from './connection.ts';
import { indexTexts, SLOTS, type Slots } from './index-slot.ts';
import { textArray } from './sql-array.ts';

type Query = (
  text: string,
  values?: readonly (string | number | null)[],
) => Promise<readonly Row[]>;

export interface Fields {
  of(collection: string): Slots;
  /** How many there are: a group is refused when its sender knows fewer. */
  readonly count: number;
  /** Another release has added some. */
  reload(query: Query): Promise<void>;
}

const NONE: Slots = new Map();
const PAGE = 500;

/**
 * Gives every declared field a slot, for good, and fills the slots of documents that were there
 * before. Every release fills the slots of all known fields, its own and those of a newer one: the
 * commit refuses a group whose sender does not know of a field yet, so none is missed.
 */
export async function openFields(
  query: Query,
  collections: readonly Collection<any>[],
  cryptography: Cryptography,
): Promise<Fields> {
  const known = await readFields(query);
  const fresh = new Set<string>();
  for (const { name, indexes } of collections)
    for (const field of new Set(indexes)) {
      if (known.get(name)?.has(field)) continue;
      await add(query, name, field);
      fresh.add(name);
    }
  const current = fieldsOf(fresh.size > 0 ? await readFields(query) : known);
  for (const name of fresh) await fill(query, name, current.of(name), cryptography);
  return current;
}

function fieldsOf(read: Map<string, Map<string, number>>): Fields {
  let current = read;
  return {
    of: (collection) => current.get(collection) ?? NONE,
    get count() {
      return [...current.values()].reduce((sum, { size }) => sum + size, 0);
    },
    async reload(query) {
      current = await readFields(query);
    },
  };
}

async function readFields(query: Query): Promise<Map<string, Map<string, number>>> {
  const rows = await query('SELECT collection, field, slot FROM fields');
  const found = new Map<string, Map<string, number>>();
  for (const [collection, field, slot] of rows as readonly [string, string, string][]) {
    const slots = found.get(collection) ?? new Map<string, number>();
    found.set(collection, slots.set(field, Number(slot)));
  }
  return found;
}

async function add(query: Query, collection: string, field: string): Promise<void> {
  const [taken] = await query('SELECT coalesce(max(slot), 0) FROM fields WHERE collection = $1', [
    collection,
  ]);
  const slot = Number(taken?.[0]) + 1;
  if (slot > SLOTS.length) {
    const message = `${collection} has more than ${SLOTS.length} indexes, those of older releases counted`;
    throw new OffshootError('BAD_DEFINITION', message);
  }
  await query('INSERT INTO fields VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [
    collection,
    field,
    slot,
  ]);
}

/** Revisions stay: only what documents are found by changes. One that changes meanwhile fills itself. */
async function fill(
  query: Query,
  collection: string,
  slots: Slots,
  cryptography: Cryptography,
): Promise<void> {
  for (let after = ''; ; ) {
    const rows = await query(
      `SELECT id, revision, data FROM documents WHERE collection = $1 AND id > $2 ORDER BY id LIMIT ${PAGE}`,
      [collection, after],
    );
    if (rows.length === 0) return;
    const keys = rows.map(([, , data]) => indexTexts(JSON.parse(data!), slots, cryptography));
    const column = (slot: number) => textArray(keys.map((texts) => texts[slot - 1]));
    const places = SLOTS.map((slot) => `$${slot + 3}::text[]`).join(', ');
    const names = SLOTS.map((slot) => `k${slot}`);
    await query(
      `UPDATE documents d SET ${names.map((name) => `${name} = u.${name}`).join(', ')}
       FROM unnest($2::text[], $3::bigint[], ${places}) u(id, revision, ${names.join(', ')})
       WHERE d.collection = $1 AND d.id = u.id AND d.revision = u.revision`,
      [
        collection,
        textArray(rows.map(([id]) => id)),
        textArray(rows.map(([, revision]) => revision)),
        ...SLOTS.map(column),
      ],
    );
    after = rows.at(-1)![0]!;
  }
}
