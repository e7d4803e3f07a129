// How does a test move time by hand, so that nothing sleeps for luck?
import { OffshootError } from '../error/index.ts';
import { type Runtime, uuidv7 } from '../runtime/index.ts';
import { nodeCryptography, openNodeDatabase } from '../runtime/node/index.ts';

export interface ManualRuntime extends Runtime {
  /** Moves time on by `ms`; each timer fires at its own time, and what it causes is done before. */
  advance(ms: number): Promise<void>;
  /** Lets everything happen that needs no time. */
  settle(): Promise<void>;
  /** Timers that wait for their time. */
  readonly timers: number;
}

export interface ManualRuntimeOptions {
  /** Decides all randomness. @default 1 */
  readonly seed?: number;
  /** Wall clock at the start, milliseconds since 1970. @default 1800000000000 */
  readonly at?: number;
}

const AT_DEFAULT = 1_800_000_000_000;
const QUIET_TURNS = 4; // turns of the event loop without a task before all counts as done
const TURNS_MAX = 100_000;

/** A seeded generator, uniform in [0, 1). Source: mulberry32, Tommy Ettinger, public domain. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Timer {
  readonly due: number;
  readonly order: number;
  readonly task: () => void;
}

const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));
const microtasks = () => new Promise<void>((resolve) => process.nextTick(resolve));

/**
 * Real SQLite and real cryptography, seeded randomness, and a clock that only `advance` moves.
 * The network is never there.
 *
 * @example
 * const runtime = manualRuntime();
 * let rang = false;
 * runtime.after(1_000, () => { rang = true; });
 * await runtime.advance(1_000);
 * rang; // true
 */
export function manualRuntime(options: ManualRuntimeOptions = {}): ManualRuntime {
  const random = seededRandom(options.seed ?? 1);
  const randomBytes = (length: number) =>
    Uint8Array.from({ length }, () => Math.floor(random() * 256));
  const at = options.at ?? AT_DEFAULT;
  const timers = new Set<Timer>();
  let elapsed = 0;
  let order = 0;
  let busy = 0; // tasks for the end of this turn

  const after = (ms: number, task: () => void) => {
    order += 1;
    const timer = { due: elapsed + Math.max(0, ms), order, task };
    timers.add(timer);
    return () => void timers.delete(timer);
  };

  const settle = async (): Promise<void> => {
    let quiet = 0;
    for (let turns = 0; quiet < QUIET_TURNS; turns += 1) {
      if (turns > TURNS_MAX) throw new Error('this never comes to rest');
      const before = order;
      await turn();
      quiet = busy === 0 && before === order ? quiet + 1 : 0;
    }
  };

  const next = (until: number): Timer | undefined => {
    let first: Timer | undefined;
    for (const timer of timers)
      if (timer.due <= until && (!first || timer.due < first.due)) first = timer;
    return first;
  };

  const advance = async (ms: number): Promise<void> => {
    const until = elapsed + ms;
    await settle();
    for (let timer = next(until); timer; timer = next(until)) {
      timers.delete(timer);
      elapsed = Math.max(elapsed, timer.due);
      timer.task();
      await microtasks(); // timers of one moment share a turn, as in Node
      if (next(elapsed) === undefined) await settle();
    }
    elapsed = until;
  };

  const sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const stop = () => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = after(ms, () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      });
      signal?.addEventListener('abort', stop, { once: true });
    });

  return {
    now: () => at + elapsed,
    monotonic: () => elapsed,
    sleep,
    after,
    endOfTurn(task) {
      busy += 1;
      setImmediate(() => {
        busy -= 1;
        order += 1;
        task();
      });
    },
    random,
    randomBytes,
    id: uuidv7(() => at + elapsed, randomBytes),
    cryptography: nodeCryptography(randomBytes),
    openDatabase: (path) => openNodeDatabase(path),
    request: async ({ url }) => {
      throw new OffshootError('UNAVAILABLE', `a manual runtime has no network for ${url}`);
    },
    advance,
    settle,
    get timers() {
      return timers.size;
    },
  };
}
