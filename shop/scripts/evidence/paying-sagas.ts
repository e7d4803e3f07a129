// How many orders are between authorise and confirm right now?
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

export interface PayingSagas {
  /** With files it is counted in this turn of the event loop; a server takes a moment. */
  count(): number | Promise<number>;
  close(): void;
}

const BUSY_TIMEOUT_MS = 50;
const RUNNING = `SELECT count(*) AS sagas FROM documents WHERE collection = 'offshoot.sagas' AND`;
// By the saga's record: 2 is capture, 3 is confirm.
const IN_FILE = `${RUNNING} json_extract(data, '$.status') = 'running' AND json_extract(data, '$.index') IN (2, 3)`;
const IN_SCHEMA = `${RUNNING} data::json ->> 'status' = 'running' AND data::json ->> 'index' IN ('2', '3')`;

/** Asks the file of the data folder, or, where it has none, the schema of DATABASE_URL. */
export async function payingSagas(
  data: string,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Promise<PayingSagas> {
  const file = `${data}/orders.db`;
  return existsSync(file)
    ? inFile(file)
    : inSchema(environment.ORDERS_DATABASE_URL ?? environment.DATABASE_URL);
}

function inFile(file: string): PayingSagas {
  const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_TIMEOUT_MS });
  const statement = database.prepare(IN_FILE);
  return {
    count: () => Number(statement.get()?.sagas),
    close: () => database.close(),
  };
}

async function inSchema(url: string | undefined): Promise<PayingSagas> {
  const client = new pg.Client({ connectionString: url, options: '-c search_path=orders' });
  await client.connect();
  return {
    count: async () => Number((await client.query(IN_SCHEMA)).rows[0]?.sagas),
    close: () => void client.end(),
  };
}
