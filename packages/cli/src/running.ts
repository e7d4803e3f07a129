// What is a process that we watch, whether we started it or found it alive?
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { isAlive, type Place } from './run-file.ts';

/** What a process says once it takes requests. */
export interface Ready {
  readonly ready: true;
  /** Undefined for a host without an edge. */
  readonly url?: string | undefined;
  readonly [more: string]: unknown;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Running {
  readonly pid: number;
  /** Stays pending when the process ends before. */
  readonly ready: Promise<Ready>;
  readonly ended: Promise<Exit>;
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

export interface ChildOptions {
  /** How it tells that it is ready: an IPC message, or a line of JSON on its stdout. */
  readonly readyBy: 'message' | 'line';
  readonly environment: NodeJS.ProcessEnv;
  /** Where its stderr (and a stdout that says nothing to us) goes. */
  readonly output: number;
}

const LOOK_EVERY_MS = 500;

/** Starts `node` with these arguments, in a process group of its own: no Ctrl-C reaches it. */
export function child(args: readonly string[], options: ChildOptions): Running {
  const { readyBy, environment: env, output } = options;
  const stdio =
    readyBy === 'message'
      ? (['ignore', output, output, 'ipc'] as const)
      : (['ignore', 'pipe', output] as const);
  const made = spawn(process.execPath, args, { env, stdio: [...stdio], detached: true });
  const ended = new Promise<Exit>((resolve) => {
    made.once('exit', (code, signal) => resolve({ code, signal }));
    made.once('error', () => resolve({ code: 1, signal: null }));
  });
  return {
    pid: made.pid ?? 0,
    ready: readyBy === 'message' ? readyMessage(made) : readyLine(made),
    ended,
    signal: (name) => void made.kill(name),
  };
}

const isReady = (value: unknown): value is Ready =>
  typeof value === 'object' && value !== null && (value as Ready).ready === true;

function readyMessage(made: ChildProcess): Promise<Ready> {
  return new Promise((resolve) => {
    made.on('message', (value) => isReady(value) && resolve(value));
  });
}

function readyLine(made: ChildProcess): Promise<Ready> {
  return new Promise((resolve) => {
    if (!made.stdout) return;
    createInterface({ input: made.stdout }).on('line', (line) => {
      const value = parsed(line);
      if (isReady(value)) resolve(value);
    });
  });
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** Watches a process that another launcher left behind. Who ended it, and how, cannot be known. */
export function adopted({ pid, url }: Place): Running {
  const ended = new Promise<Exit>((resolve) => {
    const timer = setInterval(() => {
      if (isAlive(pid)) return;
      clearInterval(timer);
      resolve({ code: null, signal: null });
    }, LOOK_EVERY_MS);
  });
  const signal = (name: NodeJS.Signals) => {
    if (isAlive(pid)) process.kill(pid, name);
  };
  return { pid, ready: Promise.resolve({ ready: true, url }), ended, signal };
}
