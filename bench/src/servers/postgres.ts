// Which PostgreSQL do the peers use? The one of POSTGRES_URL, or Debian's, started for this run.
import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, privateFolder, startServer } from './private-server.ts';

const ROOT = '/usr/lib/postgresql';
const TRIES_MAX = 50;
const PAUSE_MS = 100;
let started: Promise<string> | undefined;

/** A URL of a superuser, or undefined when there is no PostgreSQL on this machine. */
export function postgres(): Promise<string> | undefined {
  if (process.env.POSTGRES_URL) return Promise.resolve(process.env.POSTGRES_URL);
  const version = existsSync(ROOT) ? readdirSync(ROOT).sort().at(-1) : undefined;
  if (!version) return undefined;
  started ??= start(join(ROOT, version, 'bin'));
  return started;
}

/** It refuses to run as root: then it runs as the user that Debian made for it. */
function owner(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const ask = (what: string) =>
    Number(execFileSync('id', [what, 'postgres'], { encoding: 'utf8' }));
  return { uid: ask('-u'), gid: ask('-g') };
}

async function start(bin: string): Promise<string> {
  const folder = privateFolder('postgres');
  const as = owner();
  if (as) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const init = ['-D', data, '-A', 'trust', '-U', 'postgres'];
  execFileSync(join(bin, 'initdb'), init, { ...as, cwd: folder, stdio: 'ignore' });
  const port = await freePort();
  const settings = [
    ['listen_addresses', '127.0.0.1'],
    ['unix_socket_directories', folder],
    ['shared_buffers', '1GB'],
    ['max_connections', '200'],
  ].flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = ['-D', data, '-p', String(port), ...settings];
  // Durable as shipped: fsync, synchronous_commit and full_page_writes stay on.
  const command = join(bin, 'postgres');
  await startServer({ command, args, port, cwd: folder, ...as, end: 'SIGINT' });
  return `postgres://postgres@127.0.0.1:${port}/postgres`;
}

/** It listens before it answers: 'the database system is starting up'. */
async function connected(url: string) {
  const { default: pg } = await import('pg' as string);
  for (let tries = 1; ; tries += 1) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (tries === TRIES_MAX) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

/** A fresh database of its own. */
export async function freshDatabase(name: string): Promise<string | undefined> {
  const url = await postgres();
  if (!url) return undefined;
  const client = await connected(url);
  try {
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const fresh = new URL(url);
  fresh.pathname = `/${name}`;
  return fresh.href;
}

export const NO_POSTGRES = 'no PostgreSQL on this machine: install it, or set POSTGRES_URL';
