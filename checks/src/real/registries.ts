// Which registries can be started here, privately, and how?
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, privateFolder, startServer } from './private-server.ts';
import type { RealServer, RunningServer } from './real-server.ts';

const ETCD = '/usr/bin/etcd';

/** Those of this machine, or those of the variables (`ETCD_URL`). */
export function registryServers(environment = process.env): RealServer[] {
  return [etcd(environment.ETCD_URL)];
}

/** The test files of one package. */
const inPackage = (name: string) => (file: string) => file.startsWith(`packages/${name}/`);

/** Somebody's, which is left running: tests use names of their own in it. */
const given = (variable: string, url: string): (() => Promise<RunningServer>) => {
  return async () => ({ environment: { [variable]: url }, stop: async () => {} });
};

function etcd(url: string | undefined): RealServer {
  const about = { name: 'etcd', runs: inPackage('etcd'), missing: 'apt-get install etcd-server' };
  if (url) return { ...about, version: 'given', start: given('ETCD_URL', url) };
  const said = existsSync(ETCD) ? execFileSync(ETCD, ['--version'], { encoding: 'utf8' }) : '';
  return { ...about, version: /[\d.]+/.exec(said)?.[0], start: startEtcd };
}

async function startEtcd(): Promise<RunningServer> {
  const folder = privateFolder('etcd');
  const client = `http://127.0.0.1:${await freePort()}`;
  const peer = `http://127.0.0.1:${await freePort()}`;
  const end = await startServer({
    ...{ command: ETCD, cwd: folder.path, ready: /ready to serve client requests/, end: 'SIGTERM' },
    args: [
      ...['--name', 'real', '--data-dir', join(folder.path, 'data')],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', `real=${peer}`],
    ],
  });
  return {
    environment: { ETCD_URL: client },
    async stop() {
      await end();
      folder.remove();
    },
  };
}
