// How does a test put a database in memory back to an earlier point, as a restore would?
import type { Database, SqlValue } from '../runtime/index.ts';

/** Remembers every row of every table; what it returns puts them back. */
export function databaseCopy(database: Database): () => void {
  const all = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
  const tables = database.prepare(all).all();
  const kept = tables.map(({ name }) => ({
    name: String(name),
    rows: database.prepare(`SELECT * FROM "${name}"`).all(),
  }));
  return () => {
    database.exec('BEGIN');
    for (const { name, rows } of kept) {
      database.exec(`DELETE FROM "${name}"`);
      const places = Object.keys(rows[0] ?? {}).map(() => '?');
      if (rows.length === 0) continue;
      const insert = database.prepare(`INSERT INTO "${name}" VALUES (${places.join(', ')})`);
      for (const row of rows) insert.run(...(Object.values(row) as SqlValue[]));
    }
    database.exec('COMMIT');
  };
}
