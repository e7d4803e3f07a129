// How much is in a file?
import type { Database } from '../../runtime/index.ts';
import type { RowFacts } from '../rows.ts';
import { collectionsOf, tableOf } from './tables.ts';

/** Documents are counted one by one, entries are dense. */
export function rowCounts(
  database: Database,
  isCounted = true,
): Pick<RowFacts, 'entries' | 'documents'> {
  const number = (sql: string) => Number(database.prepare(sql).get()?.n ?? 0);
  const entries = number('SELECT max(seq) AS n FROM log');
  if (!isCounted) return { entries, documents: 0 };
  const counts = collectionsOf(database).map((name) =>
    number(`SELECT count(*) AS n FROM ${tableOf(name)}`),
  );
  return { entries, documents: counts.reduce((sum, n) => sum + n, 0) };
}
