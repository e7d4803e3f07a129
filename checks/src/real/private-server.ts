// How does a run get a real server on a private port and folder, and end it again?
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY_MS_MAX = 120_000;
const END_MS_MAX = 10_000;
const SAID_MAX = 4_000;

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

export interface PrivateFolder {
  readonly path: string;
  remove(): void;
}

export function privateFolder(name: string): PrivateFolder {
  const path = mkdtempSync(join(tmpdir(), `offshoot-real-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export interface Starting {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly user?: { readonly uid: number; readonly gid: number } | undefined;
  readonly environment?: Readonly<Record<string, string>>;
  /** What it says, on either of its outputs, when it takes connections. */
  readonly ready: RegExp;
  readonly end: NodeJS.Signals;
}

/** Starts a server and resolves, when it is ready, with what ends it: by its process, nothing else. */
export async function startServer(given: Starting): Promise<() => Promise<void>> {
  const { command, args, cwd, user, environment, ready, end } = given;
  const env = { ...process.env, ...environment };
  const child = spawn(command, [...args], { cwd, ...user, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`${command} is not ready after ${READY_MS_MAX} ms: ${said}`));
    }, READY_MS_MAX);
    const settle = (done: () => void) => {
      clearTimeout(late);
      done();
    };
    const hear = (chunk: Buffer) => {
      said = (said + chunk).slice(-SAID_MAX);
      if (ready.test(said)) settle(resolve);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', (error) => settle(() => reject(error)));
    child.once('exit', (code) =>
      settle(() => reject(new Error(`${command} ended with ${code}: ${said}`))),
    );
  });
  return () => ended(child, end);
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const over = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), END_MS_MAX);
  await over;
  clearTimeout(late);
}
