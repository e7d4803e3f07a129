// Which table has the documents of a collection, and which indexes has it?
import type { Database } from '../../runtime/index.ts';
import type { Collection } from '../collection.ts';

const PREFIX = 'documents.';

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** As SQL has it: one table a collection, so that a write costs the indexes of its own alone. */
export const tableOf = (collection: string): string => quoted(`${PREFIX}${collection}`);

export const tableStatement = (collection: string): string =>
  `CREATE TABLE ${tableOf(collection)} (id TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL,
     data TEXT NOT NULL) WITHOUT ROWID`;

/** The field of a document, as its index has it. */
export const fieldOf = (field: string): string => `json_extract(data, '$.${field}')`;

/** Collections of which the file has documents, or once had. */
export function collectionsOf(database: Database): string[] {
  const tables = `SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE '${PREFIX}%'`;
  const rows = database.prepare(`${tables} ORDER BY name`).all();
  return rows.map(({ name }) => String(name).slice(PREFIX.length));
}

/** The table of one collection, if it is not there. Its indexes come with who declares them. */
export function makeTable(database: Database, collection: string): void {
  database.exec(tableStatement(collection).replace('CREATE TABLE', 'CREATE TABLE IF NOT EXISTS'));
}

/** All documents in one view, for people and tools: `SELECT … FROM documents WHERE collection = …`. */
function viewOf(collections: readonly string[]): string {
  const parts = collections.map(
    (name) => `SELECT ${literal(name)} AS collection, id, revision, data FROM ${tableOf(name)}`,
  );
  const none = "SELECT '' AS collection, '' AS id, 0 AS revision, '' AS data WHERE 0";
  return `CREATE VIEW documents AS ${parts.join(' UNION ALL ') || none}`;
}

/** Statements that make what these collections need, by name. */
function wanted(collections: readonly Collection<any>[]): Map<string, string> {
  const made = new Map<string, string>();
  for (const { name, indexes, ends } of collections) {
    made.set(`${PREFIX}${name}`, tableStatement(name));
    for (const field of ends === undefined ? indexes : [...indexes, ends]) {
      const index = `${PREFIX}${name}.${field}`;
      const what = `${fieldOf(field)}, id`;
      made.set(index, `CREATE INDEX ${quoted(index)} ON ${tableOf(name)} (${what})`);
    }
  }
  return made;
}

/** Makes the tables and indexes that are not there yet, all or none. Nothing is taken away. */
export function makeTables(database: Database, collections: readonly Collection<any>[]): void {
  const rows = database.prepare('SELECT name FROM sqlite_schema').all();
  const there = new Set(rows.map(({ name }) => String(name)));
  const missing = [...wanted(collections)].filter(([name]) => !there.has(name));
  if (missing.length === 0 && there.has('documents')) return;
  database.exec('BEGIN IMMEDIATE');
  for (const [, statement] of missing) database.exec(statement);
  database.exec('DROP VIEW IF EXISTS documents');
  database.exec(viewOf(collectionsOf(database)));
  database.exec('COMMIT');
}
