// How are the rows of a file read, beside the store that writes it?
import type { Database } from '../../runtime/index.ts';
import type { DocumentRow, RowName, RowSource } from '../rows.ts';
import { sealFile, unsealFile } from './move-marks.ts';
import { rowCounts } from './row-counts.ts';
import { readEpochs, readMeta } from './schema.ts';
import { storedEntry } from './stored-entry.ts';
import { collectionsOf, tableOf } from './tables.ts';

/** Reads through a connection of its own, which it closes. */
export function sqliteRowSource(database: Database): RowSource {
  const collections = collectionsOf(database);
  const range = database.prepare('SELECT * FROM log WHERE seq > ? ORDER BY seq LIMIT ?');

  const page = (collection: string, after: string, limit: number): DocumentRow[] =>
    database
      .prepare(
        `SELECT id, revision, data FROM ${tableOf(collection)} WHERE id > ? ORDER BY id LIMIT ?`,
      )
      .all(after, limit)
      .map(({ id, revision, data }) => ({
        ...{ collection, id: String(id), revision: Number(revision), text: String(data) },
      }));

  return {
    async facts(isCounted) {
      const { identity } = readMeta(database);
      return { identity, epochs: readEpochs(database), ...rowCounts(database, isCounted) };
    },
    async entries(after, limit) {
      return range.all(after, limit).map(storedEntry);
    },
    async documents(after, limit) {
      const from = after === undefined ? 0 : collections.indexOf(after.collection);
      const found: DocumentRow[] = [];
      for (let index = from; index < collections.length && found.length < limit; index += 1) {
        const id = index === from ? (after?.id ?? '') : '';
        found.push(...page(collections[index]!, id, limit - found.length));
      }
      return found;
    },
    async named(names) {
      const one = (table: string) =>
        database.prepare(`SELECT revision, data FROM ${table} WHERE id = ?`);
      const statements = new Map(collections.map((name) => [name, one(tableOf(name))]));
      return names.flatMap(({ collection, id }: RowName): DocumentRow[] => {
        const row = statements.get(collection)?.get(id);
        return row
          ? [{ collection, id, revision: Number(row.revision), text: String(row.data) }]
          : [];
      });
    },
    seal: async (move) => sealFile(database, move),
    unseal: async (id) => unsealFile(database, id),
    close: async () => database.close(),
  };
}
