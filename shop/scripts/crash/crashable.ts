// How is a process held by whoever crashes it: started, told, stopped, killed, and surely gone?
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { POINTS, type Point } from './points.ts';
import { POINT_FD } from './telling.ts';

export interface Crashable<In, Out> {
  readonly pid: number;
  readonly isGone: boolean;
  /** Undefined for one that is not there to be told. */
  send(message: In): void;
  /** The next message that fits, or rejects when the process ends or `timeoutMs` have passed. */
  next<T extends Out>(fits: (message: Out) => message is T, timeoutMs: number): Promise<T>;
  /** The point that it stands at or has passed; undefined after `timeoutMs`, or when it ends. */
  atPoint(timeoutMs: number): Promise<Point | undefined>;
  stop(): void;
  wake(): void;
  /** SIGKILL. Resolves when it is gone and all that it had said is heard. */
  kill(): Promise<void>;
  /** Resolves with the exit code when it has ended by itself, or was killed after `timeoutMs`. */
  ended(timeoutMs: number): Promise<number | null>;
}

export interface CrashableOptions<Out> {
  /** The program and its arguments. */
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  onMessage(message: Out): void;
}

const CACHE = join(import.meta.dirname, '../../../node_modules/.cache/offshoot');
/** What the process says when it fails is shown; more than that is a flood. */
const STDERR_MAX = 4_000;

const alive = new Set<ChildProcess>();
/** One that is stopped, or stands at its point, would not see that its parent is gone. */
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts `node` with these arguments. It ends when its parent does. */
export function crashable<In extends object, Out extends object>(
  options: CrashableOptions<Out>,
): Crashable<In, Out> {
  const child = spawn(process.execPath, options.args, {
    env: { NODE_COMPILE_CACHE: CACHE, ...process.env, ...options.environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc', 'pipe'],
  });
  alive.add(child);
  const gone = Promise.all([once(child, 'exit'), once(child, 'disconnect')]);
  const pointed = Promise.withResolvers<Point | undefined>();
  let complaint = '';
  let isGone = false;
  const heard = new Set<(message: Out) => void>();
  void gone.then(() => {
    isGone = true;
    alive.delete(child);
    pointed.resolve(undefined);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-STDERR_MAX);
  });
  (child.stdio[POINT_FD] as NodeJS.ReadableStream).on('data', (bytes: Buffer) =>
    pointed.resolve(pointOf(bytes.toString('latin1').trim())),
  );
  child.on('message', (message) => {
    options.onMessage(message as Out);
    for (const listener of heard) listener(message as Out);
  });

  return {
    pid: child.pid ?? 0,
    get isGone() {
      return isGone;
    },
    send(message) {
      if (child.connected) child.send(message, () => {}); // one that dies meanwhile hears nothing
    },
    next(fits, timeoutMs) {
      return new Promise((resolve, reject) => {
        const fail = (why: string) => {
          clearTimeout(timer);
          heard.delete(listener);
          reject(new Error(`the process ${child.pid} ${why}: ${complaint || 'it said nothing'}`));
        };
        const listener = (message: Out) => {
          if (!fits(message)) return;
          clearTimeout(timer);
          heard.delete(listener);
          resolve(message);
        };
        const timer = setTimeout(fail, timeoutMs, `did not answer in ${timeoutMs} ms`);
        heard.add(listener);
        void gone.then(() => heard.has(listener) && fail('ended'));
      });
    },
    atPoint: (timeoutMs) => within(pointed.promise, timeoutMs),
    stop: () => void child.kill('SIGSTOP'),
    wake: () => void child.kill('SIGCONT'),
    async kill() {
      child.kill('SIGKILL');
      await gone;
    },
    async ended(timeoutMs) {
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      await gone;
      clearTimeout(timer);
      return codeOf(child);
    },
  };
}

const codeOf = ({ exitCode }: ChildProcess): number | null => exitCode;

const pointOf = (text: string): Point | undefined =>
  POINTS.find((point) => point === text.split('\n')[0]);

function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), timeoutMs);
  return Promise.race([promise, late.promise]).finally(() => clearTimeout(timer));
}
