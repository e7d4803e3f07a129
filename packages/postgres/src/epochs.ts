// How does a restored store begin a history of its own?
import { OffshootError } from 'offshoot/error';
import type { Runtime } from 'offshoot/runtime';
import { CONNECTION_DEFAULTS } from './connection.ts';
import { checkSchemaName, migrate } from './migrations.ts';
import { inSession } from './session.ts';
import { quoted } from './sql-array.ts';

/**
 * Begins an epoch above the last entry: what has to be done with a restored schema before a host
 * opens it. A host that still has the store open cannot commit any more.
 * @throws STORE_MISMATCH when the epoch is not newer than the last.
 */
export async function beginEpoch(
  at: { readonly runtime: Runtime; readonly url: string; readonly schema: string },
  epoch: number,
): Promise<void> {
  const schema = checkSchemaName(at.schema);
  await inSession({ ...at, limits: CONNECTION_DEFAULTS }, async (query) => {
    await migrate(query, schema);
    await query(`SET search_path TO ${quoted(schema)}`);
    const [last] = await query('SELECT max(epoch) FROM epochs');
    if (epoch <= Number(last?.[0]))
      throw new OffshootError('STORE_MISMATCH', `epoch ${epoch} is not after epoch ${last?.[0]}`);
    await query(
      'INSERT INTO epochs SELECT $1::int, coalesce(max(seq), 0) FROM log HAVING $1::int > (SELECT max(epoch) FROM epochs)',
      [epoch],
    );
  });
}
