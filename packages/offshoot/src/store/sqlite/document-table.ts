// How are documents and their indexes kept in one table?
import { OffshootError } from '../../error/index.ts';
import type { Database, Statement } from '../../runtime/index.ts';
import type { Sealer } from '../../security/index.ts';
import type { Collection, Document, DocumentChange } from '../collection.ts';
import type { WhereOptions } from '../need.ts';
import { type Recent, recent } from './recent.ts';

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
  readonly name: string;
  /** What the file has. This store is its only writer, so it is what was lately read or written. */
  readonly lately: Recent<Known>;
  /** What the open transaction still has to be told. */
  readonly written: Map<string, Known>;
}

const ABSENT: Known = { revision: 0, text: undefined };

const quote = (text: string) => `'${text.replaceAll("'", "''")}'`;

export function documentTable(
  database: Database,
  sealer: Sealer,
  collections: readonly Collection<any>[],
): DocumentTable {
  const known = new Set<string>();
  const queries = new Map<string, Statement>();
  for (const { name, indexes, ends } of collections) {
    known.add(name);
    for (const field of new Set(ends === undefined ? indexes : [...indexes, ends]))
      database.exec(
        `CREATE INDEX IF NOT EXISTS ${JSON.stringify(`documents_${name}_${field}`)}
         ON documents (json_extract(data, '$.${field}'), id) WHERE collection = ${quote(name)}`,
      );
  }
  const select = database.prepare(
    'SELECT revision, data FROM documents WHERE collection = ? AND id = ?',
  );
  const upsert = database.prepare(
    `INSERT INTO documents VALUES (?, ?, ?, ?)
     ON CONFLICT (collection, id) DO UPDATE SET revision = excluded.revision, data = excluded.data`,
  );
  const erase = database.prepare('DELETE FROM documents WHERE collection = ? AND id = ?');

  const shelves = new Map<string, Shelf>();
  const changed = new Set<Shelf>();

  const shelfOf = (name: string): Shelf => {
    const known = shelves.get(name);
    if (known) return known;
    const lately = recent<Known>(({ text }) => text?.length ?? 0);
    const made: Shelf = { name, lately, written: new Map() };
    shelves.set(name, made);
    return made;
  };

  const look = ({ name, lately, written }: Shelf, id: string): Known => {
    const known = written.get(id) ?? lately.get(id);
    if (known) return known;
    const row = select.get(name, id);
    const found = row ? { revision: Number(row.revision), text: String(row.data) } : ABSENT;
    lately.set(id, found);
    return found;
  };

  const settle = (shelf: Shelf): void => {
    const { name, lately, written } = shelf;
    for (const [id, known] of written) {
      if (known.text === undefined) erase.run(name, id);
      else upsert.run(name, id, known.revision, known.text);
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
    if (!known.has(from.name) || (field !== undefined && !from.indexes.includes(field)))
      throw new OffshootError(
        'INTERNAL_ERROR',
        `declare the index ${from.name}.${field} in its collection`,
      );
    const name = `${from.name}.${field ?? ''}.${newestFirst}`;
    const ready = queries.get(name);
    if (ready) return ready;
    const match = field === undefined ? '' : `AND json_extract(data, '$.${field}') IS ?`;
    const order = newestFirst ? 'id < ? ORDER BY id DESC' : 'id > ? ORDER BY id';
    const sql = `SELECT id, revision, data FROM documents WHERE collection = ${quote(from.name)} ${match} AND ${order} LIMIT ?`;
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
      const statement = query(from, field, newestFirst);
      settle(shelfOf(from.name)); // the index is in the file
      const rows =
        field === undefined ? statement.all(after, limit) : statement.all(value, after, limit);
      return rows.map((row) =>
        decode(from, String(row.id), Number(row.revision), String(row.data)),
      );
    },
    ended(from, before, limit) {
      const { name, ends } = from;
      if (!known.has(name) || ends === undefined)
        throw new OffshootError('INTERNAL_ERROR', `declare when documents of ${name} end`);
      const key = `${name} ended`;
      const when = `json_extract(data, '$.${ends}')`;
      const statement =
        queries.get(key) ??
        database.prepare(
          `SELECT id, revision FROM documents WHERE collection = ${quote(name)} AND ${when} < ? ORDER BY ${when}, id LIMIT ?`,
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
