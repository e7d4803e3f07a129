// How does a run get a PostgreSQL of its own, that it may kill?
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { notRunning } from '../../command/command-line.ts';

export interface PostgresServer {
  readonly port: number;
  /** As PostgreSQL names itself. */
  readonly version: string;
  createDatabase(name: string): Promise<void>;
  /** SIGKILL of the postmaster: its children find themselves alone and end. */
  kill(): Promise<void>;
  /** Starts it again on the same folder and port; resolves when it takes connections. */
  start(): Promise<void>;
  /** Ends it at once. */
  stop(): Promise<void>;
}

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';
const READY_MS_MAX = 30_000;
const LOOK_MS = 30;
export const POSTGRES_USER = 'crash';
export const POSTGRES_DATABASE = 'postgres';
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  shared_buffers: '32MB',
  max_connections: '150',
  fsync: 'on',
  synchronous_commit: 'on',
};

/** The folder with `initdb` and `postgres`: POSTGRES_BIN, the PATH, or where Debian has them. */
function programs(): string {
  const path = (process.env.PATH ?? '').split(delimiter);
  const debian = existsSync(DEBIAN)
    ? readdirSync(DEBIAN)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => join(DEBIAN, version, 'bin'))
    : [];
  const all = [process.env.POSTGRES_BIN ?? '', ...path, ...debian];
  const found = all.find((one) => one !== '' && existsSync(join(one, 'initdb')));
  if (found) return dirname(realpathSync(join(found, 'initdb'))); // the others lie beside it
  throw notRunning('no PostgreSQL here: install 14 or newer, or name its programs by POSTGRES_BIN');
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then it runs as the user that its package made. */
async function owner(): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (which: string) => Number((await run('id', [which, 'postgres'])).stdout);
  try {
    return { uid: await id('-u'), gid: await id('-g') };
  } catch {
    throw notRunning(
      'PostgreSQL does not run as root, and there is no user postgres: run as another',
    );
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/** Makes a cluster in a folder below `root` and starts it. */
export async function postgresServer(root: string): Promise<PostgresServer> {
  const bin = programs();
  const as = await owner();
  const folder = join(root, 'postgres');
  const data = join(folder, 'data');
  chmodSync(root, 0o755);
  mkdirSync(folder);
  if (as) chownSync(folder, as.uid, as.gid);
  const around = { cwd: folder, ...as };
  const made = ['-D', data, '-U', POSTGRES_USER, '-A', 'trust', '-E', 'UTF8', '--no-locale', '-N'];
  await run(join(bin, 'initdb'), made, around);
  const { stdout } = await run(join(bin, 'postgres'), ['--version'], around);
  const port = await freePort();
  const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = join(root, 'postgres.log');
  let process_: ChildProcess | undefined;

  const isReady = async (): Promise<boolean> =>
    run(join(bin, 'pg_isready'), ['-q', '-h', '127.0.0.1', '-p', String(port)], around).then(
      () => true,
      () => false,
    );
  const start = async (): Promise<void> => {
    const end = performance.now() + READY_MS_MAX;
    const launch = () => {
      const output = openSync(log, 'a');
      process_ = spawn(join(bin, 'postgres'), ['-D', data, '-p', String(port), ...settings], {
        ...around,
        stdio: ['ignore', output, output],
      });
      running.add(process_);
    };
    launch();
    while (!(await isReady())) {
      if (performance.now() > end) throw notRunning(`PostgreSQL did not start: ${lastLine(log)}`);
      await sleep(LOOK_MS);
      // The children of one that was killed hold its memory for a moment.
      const { exitCode, signalCode } = process_!;
      if (exitCode !== null || signalCode !== null) launch();
    }
  };
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const one = process_;
    if (!one || one.exitCode !== null || one.signalCode !== null) return;
    one.kill(signal);
    await once(one, 'exit');
    running.delete(one);
  };
  await start();
  return {
    port,
    version: stdout.trim(),
    async createDatabase(name) {
      const place = ['-h', '127.0.0.1', '-p', String(port), '-U', POSTGRES_USER];
      await run(join(bin, 'createdb'), [...place, name], around);
    },
    kill: () => end('SIGKILL'),
    start,
    stop: () => end('SIGINT'), // the fast way down: sessions are ended
  };
}

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const one of running) one.kill('SIGKILL');
});

const lastLine = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n').at(-1) ?? '';
