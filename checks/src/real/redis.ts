// Which Redis can be started here, privately, and how?
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { freePort, privateFolder, startServer } from './private-server.ts';
import type { RealServer, RunningServer } from './real-server.ts';

const REDIS = '/usr/bin/redis-server';

/** That of this machine, or that of the variable REDIS_URL. */
export function redisServers({ REDIS_URL } = process.env): RealServer[] {
  const runs = (file: string) => file.startsWith('packages/redis/');
  const about = { name: 'redis', runs, missing: 'apt-get install redis-server' };
  // Somebody's, which is left running: tests use names of their own in it.
  const given = async () => ({ environment: { REDIS_URL: REDIS_URL! }, stop: async () => {} });
  if (REDIS_URL) return [{ ...about, version: 'given', start: given }];
  const said = existsSync(REDIS) ? execFileSync(REDIS, ['--version'], { encoding: 'utf8' }) : '';
  return [{ ...about, version: /v=([\d.]+)/.exec(said)?.[1], start }];
}

/** In memory, alone. */
async function start(): Promise<RunningServer> {
  const folder = privateFolder('redis');
  const port = await freePort();
  const end = await startServer({
    ...{ command: REDIS, cwd: folder.path, ready: /Ready to accept connections/, end: 'SIGTERM' },
    args: [
      ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder.path],
      ...['--save', '', '--appendonly', 'no'],
    ],
  });
  return {
    environment: { REDIS_URL: `redis://127.0.0.1:${port}` },
    async stop() {
      await end();
      folder.remove();
    },
  };
}
