// Which Redis do the peers use? The one of REDIS_URL, or this machine's, started for this run.
import { existsSync } from 'node:fs';
import { freePort, privateFolder, startServer } from './private-server.ts';

const BINARY = '/usr/bin/redis-server';
let started: Promise<string> | undefined;

/** Every write is on the disk before it is acknowledged, as it is with us. */
export function redis(): Promise<string> | undefined {
  if (process.env.REDIS_URL) return Promise.resolve(process.env.REDIS_URL);
  if (!existsSync(BINARY)) return undefined;
  started ??= start();
  return started;
}

async function start(): Promise<string> {
  const port = await freePort();
  const dir = privateFolder('redis');
  const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''];
  const args = [...where, '--appendonly', 'yes', '--appendfsync', 'always'];
  await startServer({ command: BINARY, args, port });
  return `redis://127.0.0.1:${port}`;
}

export const NO_REDIS = 'no Redis on this machine: install redis-server, or set REDIS_URL';
