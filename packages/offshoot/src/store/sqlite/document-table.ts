// How are the documents of each collection kept in their table?
import { OffshootError } from '../../error/index.ts';
import type { Database, Statement } from '../../runtime/index.ts';
import type { Sealer } from '../../security/index.ts';
import type { Collection, Document, DocumentChange } from '../collection.ts';
import type { WhereOptions } from '../need.ts';
import { type Recent, recent } from './recent.ts';
import { collectionsOf, fieldOf, makeTables, tableOf } from './tables.ts';

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;

export interface DocumentTable {
  get(from: Collection<any>, id: string): Document<any> | undefined;
  revision(collection: string, id: string): number;
  where(
    from: Collection<any>,
    field: string | undefined,
    value: string | number | null,
    options: WhereOptions,
  ): Document<any>[];
  /** Ids and revisions of documents whose `ends` is before a time, the first first. */
  ended(
    from: Collection<any>,
    before: number,
    limit: number,
  ): Pick<Document<any>, 'id' | 'revision'>[];
  /** Seals personal fields. Throws KeyMissing before anything is written. */
  encode(change: DocumentChange): string | undefined;
  /**
   * From now on it reads so, one revision above the given one; on its way to the file it is one
   * row, however often it changes.
   */
  write(change: DocumentChange, encoded: string | undefined, revision: number): void;
  /** Puts what was written into the open transaction. */
  settle(): void;
  /** A failed flush took back what was written: everything is read again. */
  forget(): void;
}

/** A row as it is stored now, what is staged included; without a text there is none. */
interface Known {
  readonly revision: number;
  readonly text: string | undefined;
}

/** One collection. */
interface Shelf {
  /** What the file has. This store is its only writer, so it is what was lately read or written. */
  readonly lately: Recent<Known>;
  /** What the open transaction still has to be told. */
  readonly written: Map<string, Known>;
  readonly select: Statement;
  readonly upsert: Statement;
  readonly erase: Statement;
}

const ABSENT: Known = { revision: 0, text: undefined };

function shelf(database: Database, name: string): Shelf {
  const table = tableOf(name);
  return {
    lately: recent<Known>(({ text }) => text?.length ?? 0),
    written: new Map(),
    select: database.prepare(`SELECT revision, data FROM ${table} WHERE id = ?`),
    upsert: database.prepare(
      `INSERT INTO ${table} VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, data = excluded.data`,
    ),
    erase: database.prepare(`DELETE FROM ${table} WHERE id = ?`),
  };
}

export function documentTable(
  database: Database,
  sealer: Sealer,
  collections: readonly Collection<any>[],
): DocumentTable {
  makeTables(database, collections);
  const there = new Set(collectionsOf(database));
  const queries = new Map<string, Statement>();
  const shelves = new Map<string, Shelf>();
  const changed = new Set<Shelf>();

  const shelfOf = (name: string): Shelf => {
    const known = shelves.get(name);
    if (known) return known;
    if (!there.has(name))
      throw new OffshootError('INTERNAL_ERROR', `declare the collection ${name} in its service`);
    const made = shelf(database, name);
    shelves.set(name, made);
    return made;
  };

  const look = ({ lately, written, select }: Shelf, id: string): Known => {
    const known = written.get(id) ?? lately.get(id);
    if (known) return known;
    const row = select.get(id);
    const found = row ? { revision: Number(row.revision), text: String(row.data) } : ABSENT;
    lately.set(id, found);
    return found;
  };

  const settle = (shelf: Shelf): void => {
    const { lately, written, upsert, erase } = shelf;
    for (const [id, known] of written) {
      if (known.text === undefined) erase.run(id);
      else upsert.run(id, known.revision, known.text);
      lately.set(id, known);
    }
    written.clear();
    changed.delete(shelf);
  };

  const decode = (
    from: Collection<any>,
    id: string,
    revision: number,
    text: string,
  ): Document<any> => {
    const data: unknown = JSON.parse(text);
    return { id, revision, data: from.personal ? sealer.open(data, `${from.name}/${id}`) : data };
  };

  const query = (
    from: Collection<any>,
    field: string | undefined,
    newestFirst: boolean,
  ): Statement => {
    if (field !== undefined && !from.indexes.includes(field))
      throw new OffshootError(
        'INTERNAL_ERROR',
        `declare the index ${from.name}.${field} in its collection`,
      );
    const name = `${from.name}.${field ?? ''}.${newestFirst}`;
    const ready = queries.get(name);
    if (ready) return ready;
    const match = field === undefined ? '' : `${fieldOf(field)} IS ? AND`;
    const order = newestFirst ? 'id < ? ORDER BY id DESC' : 'id > ? ORDER BY id';
    const sql = `SELECT id, revision, data FROM ${tableOf(from.name)} WHERE ${match} ${order} LIMIT ?`;
    const made = database.prepare(sql);
    queries.set(name, made);
    return made;
  };

  return {
    get(from, id) {
      const { revision, text } = look(shelfOf(from.name), id);
      return text === undefined ? undefined : decode(from, id, revision, text);
    },
    revision: (name, id) => look(shelfOf(name), id).revision,
    where(from, field, value, options) {
      const newestFirst = options.newestFirst ?? false;
      const after = options.after ?? (newestFirst ? '\u{10ffff}' : '');
      const limit = Math.min(options.limit ?? LIMIT_DEFAULT, LIMIT_MAX);
      settle(shelfOf(from.name)); // the index is in the file
      const statement = query(from, field, newestFirst);
      const rows =
        field === undefined ? statement.all(after, limit) : statement.all(value, after, limit);
      return rows.map((row) =>
        decode(from, String(row.id), Number(row.revision), String(row.data)),
      );
    },
    ended(from, before, limit) {
      const { name, ends } = from;
      if (ends === undefined)
        throw new OffshootError('INTERNAL_ERROR', `declare when documents of ${name} end`);
      const key = `${name} ended`;
      const when = fieldOf(ends);
      const statement =
        queries.get(key) ??
        database.prepare(
          `SELECT id, revision FROM ${tableOf(name)} WHERE ${when} < ? ORDER BY ${when}, id LIMIT ?`,
        );
      queries.set(key, statement);
      settle(shelfOf(name)); // the index is in the file
      const rows = statement.all(before, Math.min(limit, LIMIT_MAX));
      return rows.map(({ id, revision }) => ({ id: String(id), revision: Number(revision) }));
    },
    encode({ collection, id, data }) {
      if (data === undefined) return undefined;
      return JSON.stringify(sealer.seal(data, collection.personal, `${collection.name}/${id}`));
    },
    write({ collection, id }, encoded, revision) {
      const shelf = shelfOf(collection.name);
      const before = shelf.written.get(id)?.revision ?? revision; // a unit may write it twice
      const known = encoded === undefined ? ABSENT : { revision: before + 1, text: encoded };
      shelf.written.set(id, known);
      changed.add(shelf);
    },
    settle() {
      for (const shelf of changed) settle(shelf);
    },
    forget() {
      for (const { lately, written } of shelves.values()) {
        lately.clear();
        written.clear();
      }
      changed.clear();
    },
  };
}
