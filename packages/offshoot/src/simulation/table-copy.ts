// What does a database hold, and how does it come to hold that again?
import type { Database, SqlValue } from '../runtime/index.ts';

export interface TableCopy {
  readonly table: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
}

const tablesOf = (database: Database): string[] =>
  database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => String(name));

/** Every row of every table. */
export function copied(database: Database): TableCopy[] {
  const columnsOf = database.prepare('SELECT name FROM pragma_table_info(?)');
  return tablesOf(database).map((table) => {
    const columns = columnsOf.all(table).map(({ name }) => String(name));
    const named = columns.map((column) => `"${column}"`).join(', ');
    const rows = database.prepare(`SELECT ${named} FROM "${table}"`).all();
    return { table, columns, rows: rows.map((row) => columns.map((one) => row[one]!)) };
  });
}

/** Whatever the tables hold now, they hold the copy's rows afterwards. */
export function putBack(database: Database, copy: readonly TableCopy[]): void {
  for (const table of tablesOf(database)) database.prepare(`DELETE FROM "${table}"`).run();
  for (const { table, columns, rows } of copy) {
    const named = columns.map((column) => `"${column}"`).join(', ');
    const values = columns.map(() => '?').join(', ');
    const insert = database.prepare(`INSERT INTO "${table}" (${named}) VALUES (${values})`);
    for (const row of rows) insert.run(...row);
  }
}
