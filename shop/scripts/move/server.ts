// Where is the PostgreSQL of a test, and how does it get a database of its own?
import pg from 'pg';

const SERVER = process.env.POSTGRES_URL ?? '';

/** Statements, on a connection of their own. */
export async function sql(text: string, url = SERVER): Promise<any[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

export interface OwnDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

export async function ownDatabase(): Promise<OwnDatabase> {
  const name = `move_${process.pid}_${Date.now()}`;
  const url = new URL(SERVER);
  url.pathname = `/${name}`;
  await sql(`CREATE DATABASE ${name}`);
  const drop = async () => void (await sql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  return { url: url.href, drop };
}
