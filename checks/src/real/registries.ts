// Which registries can be started here, privately, and how?
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, privateFolder, startServer } from './private-server.ts';
import type { RealServer, RunningServer } from './real-server.ts';

const ETCD = '/usr/bin/etcd';
const SERVERS = fileURLToPath(new URL('../../servers/', import.meta.url));
const EUREKA = join(SERVERS, 'eureka/target/eureka-server.jar');

/** Those of this machine, or those of the variables (`ETCD_URL`, `CONSUL_URL`, `EUREKA_URL`). */
export function registryServers(environment = process.env): RealServer[] {
  const { ETCD_URL, CONSUL_URL, EUREKA_URL } = environment;
  return [etcd(ETCD_URL), consul(CONSUL_URL), eureka(EUREKA_URL)];
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

function consul(url: string | undefined): RealServer {
  const missing = 'put a consul on PATH (checks/servers/build.sh consul), or set CONSUL_URL';
  const about = { name: 'consul', runs: inPackage('consul'), missing, isOptional: true };
  if (url) return { ...about, version: 'given', start: given('CONSUL_URL', url) };
  const folders = [join(SERVERS, 'bin'), ...(process.env.PATH ?? '').split(delimiter)];
  const command = folders.map((folder) => join(folder, 'consul')).find((file) => existsSync(file));
  const said = command ? execFileSync(command, ['version'], { encoding: 'utf8' }) : '';
  return { ...about, version: /\d[\d.]+/.exec(said)?.[0], start: () => startConsul(command!) };
}

/** In memory, alone, and a leader at once. */
async function startConsul(command: string): Promise<RunningServer> {
  const folder = privateFolder('consul');
  const ports: [string, number][] = [];
  for (const name of ['http', 'server', 'serf-lan', 'serf-wan', 'grpc', 'grpc-tls', 'dns'])
    ports.push([name, await freePort()]);
  const end = await startServer({
    ...{ command, cwd: folder.path, end: 'SIGTERM' },
    ready: /Synced node info|member joined, marking health alive/,
    args: [
      ...['agent', '-dev', '-bind', '127.0.0.1', '-client', '127.0.0.1', '-log-level', 'info'],
      ...ports.map(([name, port]) => `-${name}-port=${port}`),
    ],
  });
  return {
    environment: { CONSUL_URL: `http://127.0.0.1:${ports[0]![1]}` },
    async stop() {
      await end();
      folder.remove();
    },
  };
}

function eureka(url: string | undefined): RealServer {
  const missing = 'checks/servers/build.sh eureka (Java 17 and Maven), or set EUREKA_URL';
  const about = { name: 'eureka', runs: inPackage('eureka'), missing, isOptional: true };
  if (url) return { ...about, version: 'given', start: given('EUREKA_URL', url) };
  return { ...about, version: existsSync(EUREKA) ? '4.1' : undefined, start: startEureka };
}

/** Its lists without a cache and its evictions every second, so that a test need not wait for them. */
const EUREKA_SETTINGS = {
  'eureka.client.register-with-eureka': 'false',
  'eureka.client.fetch-registry': 'false',
  'eureka.server.use-read-only-response-cache': 'false',
  'eureka.server.enable-self-preservation': 'false',
  'eureka.server.eviction-interval-timer-in-ms': '1000',
  'eureka.server.wait-time-in-ms-when-sync-empty': '0',
};

async function startEureka(): Promise<RunningServer> {
  const folder = privateFolder('eureka');
  const port = await freePort();
  const settings = Object.entries(EUREKA_SETTINGS).map(([name, value]) => `--${name}=${value}`);
  const end = await startServer({
    ...{ command: 'java', cwd: folder.path, ready: /Started EurekaServer/, end: 'SIGTERM' },
    args: [
      '-Xmx256m',
      '-jar',
      EUREKA,
      `--server.port=${port}`,
      '--server.address=127.0.0.1',
      ...settings,
    ],
  });
  return {
    environment: { EUREKA_URL: `http://127.0.0.1:${port}/eureka` },
    async stop() {
      await end();
      folder.remove();
    },
  };
}
