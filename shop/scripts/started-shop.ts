// How does a test run the real shop on a folder of its own, and its scripts against it?
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readRunFile } from './client/running-shop.ts';

export interface StartedShop {
  /** Its data folder. */
  readonly data: string;
  /** A folder that goes with the test. */
  readonly scratch: string;
  stop(): Promise<void>;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The last line of stdout, read as JSON. */
  readonly figures: any;
}

const LAUNCHER = join(import.meta.dirname, '../../packages/cli/bin/launch.js');
const READY_MS_MAX = 60_000;
const LOOK_MS = 50;

/** Starts the launcher with PORT=0; resolves when the shop is ready. Of a topology by its file. */
export async function startedShop(topology?: string): Promise<StartedShop> {
  const scratch = mkdtempSync(join(tmpdir(), 'shop-e2e-'));
  const data = join(scratch, 'data');
  const env = { ...process.env, OFFSHOOT_DATA: data, PORT: '0' };
  const args = topology === undefined ? [] : ['--topology', topology];
  const launcher = spawn(process.execPath, [LAUNCHER, ...args], { env, stdio: 'ignore' });
  const deadline = performance.now() + READY_MS_MAX;
  while (readRunFile(data)?.mailbox === undefined) {
    if (launcher.exitCode !== null || performance.now() > deadline) {
      await ended(launcher);
      throw new Error(`the shop did not start (exit code ${launcher.exitCode})`);
    }
    await sleep(LOOK_MS);
  }
  return {
    data,
    scratch,
    async stop() {
      await ended(launcher);
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}

async function ended(launcher: ChildProcess): Promise<void> {
  if (launcher.exitCode !== null || launcher.signalCode !== null) return;
  launcher.kill('SIGTERM');
  await once(launcher, 'exit');
}

/** Runs a script of the shop on a data folder to its end. */
export async function script(name: string, data: string, ...args: string[]): Promise<Ended> {
  const file = join(import.meta.dirname, `${name}.ts`);
  const env = { ...process.env, OFFSHOOT_DATA: data };
  const child = spawn(process.execPath, [file, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  const last = stdout.trimEnd().split('\n').at(-1) ?? '';
  const figures = last.startsWith('{') ? JSON.parse(last) : undefined;
  return { code, stdout, stderr, figures };
}
