// How does a bench get a real server on a private port and folder, and end it again?
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_MS_MAX = 20_000;
const LOOK_MS = 50;
const END_MS_MAX = 5_000;

const open: (() => Promise<void>)[] = [];

/** Ends every server that this process started, and removes their folders. */
export async function endServers(): Promise<void> {
  for (let end = open.pop(); end; end = open.pop()) await end();
}

/** A port of loopback that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** A new folder, removed with the servers. */
export function privateFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `offshoot-bench-${name}-`));
  open.push(async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Started {
  readonly command: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly environment?: Readonly<Record<string, string>>;
  /** @default SIGTERM */
  readonly end?: NodeJS.Signals;
}

/** Starts a server and resolves when it takes connections. */
export async function startServer(given: Started): Promise<void> {
  const { command, args, port, environment, end = 'SIGTERM', ...as } = given;
  const env = { ...process.env, ...environment };
  const child = spawn(command, [...args], { ...as, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-2_000);
  });
  const gone = new Promise<never>((_, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${command} ended with ${code}: ${said}`)));
  });
  gone.catch(() => {});
  open.push(() => ended(child, end));
  await Promise.race([listening(port), gone]);
}

async function listening(port: number): Promise<void> {
  for (const end = performance.now() + READY_MS_MAX; performance.now() < end; await sleep(LOOK_MS))
    if (await accepts(port)) return;
  throw new Error(`nobody listens on port ${port} after ${READY_MS_MAX} ms`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await Promise.race([over, sleep(END_MS_MAX)]);
  child.kill('SIGKILL');
}
