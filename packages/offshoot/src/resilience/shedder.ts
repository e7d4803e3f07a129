// There is more to do than can be done in time: what is done, what waits, and what is refused?
import type { Criticality } from '../contract/index.ts';
import type { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { type ConcurrencyLimit, gradient } from './gradient.ts';
import type { LoopLag } from './loop-lag.ts';
import { notNow } from './not-now.ts';
import { type Waiting, WaitingLine } from './waiting-line.ts';

export interface ShedderOptions {
  readonly name: string;
  readonly runtime: Pick<Runtime, 'monotonic' | 'after'>;
  /** How many run at once. @default gradient() */
  readonly limit?: ConcurrencyLimit;
  /** How many wait for room; one more takes the place of a less critical one, or is shed. @default 1000 */
  readonly waitingMax?: number;
  /** While the process itself is late by more than `lagMsMax`, only the critical get in. @default it never is */
  readonly lag?: LoopLag | undefined;
  /** Queueing that counts as an overload in DAGOR (SoCC 2018). @default 20 */
  readonly lagMsMax?: number;
  /** Nobody waits for longer than this while there is room soon enough for all. @default 100 */
  readonly intervalMs?: number;
  /** In an overload nobody waits for longer than twice this. @default 5 */
  readonly targetMs?: number;
}

export interface ShedderLook {
  readonly name: string;
  readonly running: number;
  /** How many may run at once, now. */
  readonly runningMax: number;
  readonly waiting: number;
  readonly waitingMax: number;
  readonly isOverloaded: boolean;
  /** Ever. */
  readonly admitted: number;
  readonly shed: Readonly<Record<Criticality, number>>;
}

export interface EnterOptions {
  /** @default 'default' */
  readonly criticality?: Criticality | undefined;
  /** What cannot be done in so much time is not begun. @default no end */
  readonly remainingMs?: number | undefined;
}

export interface Shedder {
  readonly name: string;
  /**
   * True: it is in, and `leave` must be called. False: it is shed. A promise of either: it waits.
   * Never rejects, so that what is refused costs little.
   */
  enter(criticality: Criticality, remainingMs: number, nowMs: number): boolean | Promise<boolean>;
  /** One that was in has ended, having taken so long. */
  leave(tookMs: number, nowMs: number): void;
  /** Runs `task` when there is room. Throws OVERLOADED, without running it, when it is shed. */
  run<T>(task: () => Promise<T>, options?: EnterOptions): Promise<T>;
  look(): ShedderLook;
}

const FIRST_TO_LAST: readonly Criticality[] = ['critical', 'default', 'sheddable'];
/** An outage must not teach for long that calls take long: what is quicker counts for more. */
const LEARN = 0.02;
const FORGET = 0.2;
/** What a call that was shed may be told to wait. */
const RETRY_AFTER_MS = 1_000;

export const overloaded = (name: string): OffshootError =>
  notNow('OVERLOADED', `${name} has more to do than it can do in time; try later`, {
    details: { retryAfterMs: RETRY_AFTER_MS },
  });

/**
 * Room for as many calls as `limit` says, and a line in front of it that knows what waiting is
 * worth. The more critical go first. Without overload the oldest goes first and may wait for
 * `intervalMs`. When somebody of a class has waited all through that time it is an overload of that
 * class: then its newest goes first and nobody of it waits for longer than twice `targetMs`, because
 * the old ones' callers are about to give up (CoDel and adaptive LIFO as in "Fail at Scale", Maurer,
 * 2015). Whoever has less time left than a quick call takes is not begun.
 *
 * @example
 * const kitchen = shedder({ name: 'kitchen', runtime: nodeRuntime() });
 * const meal = await kitchen.run(async () => 'soup', { criticality: 'critical', remainingMs: 500 });
 */
export function shedder(options: ShedderOptions): Shedder {
  const { name, runtime, limit = gradient() } = options;
  const { waitingMax = 1_000, intervalMs = 100, targetMs = 5, lag, lagMsMax = 20 } = options;
  const lines: Readonly<Record<Criticality, WaitingLine>> = {
    critical: new WaitingLine(),
    default: new WaitingLine(),
    sheddable: new WaitingLine(),
  };
  const shed = { critical: 0, default: 0, sheddable: 0 };
  let running = 0;
  let waiting = 0;
  let admitted = 0;
  let usualMs = 0;
  let sweepMs = Number.POSITIVE_INFINITY; // when the line is looked at next
  let stillMs = 0;

  /**
   * How long anybody waited is counted by this: while the process itself stood still, nobody was
   * kept waiting by the others, and no line was too long.
   */
  const awake = (nowMs: number): number => Math.min(nowMs, sweepMs + targetMs) - stillMs;

  /** Whether so little time is left that a quick call would not end in it. The first one finds out. */
  const isTooLate = (remainingMs: number): boolean => running > 0 && remainingMs < usualMs;

  /** Of a class: of all others it says nothing, since who is more critical does not wait behind it. */
  const isOverloaded = ({ busySinceMs }: WaitingLine, nowMs: number): boolean =>
    busySinceMs !== undefined && awake(nowMs) - busySinceMs > intervalMs;

  const takeOut = (one: Waiting, from: Criticality, isIn: boolean): void => {
    lines[from].remove(one);
    waiting -= 1;
    if (!isIn) shed[from] += 1;
    one.tell(isIn);
  };

  /** Those that waited for too long, or have too little time left. */
  const sweep = (nowMs: number): void => {
    if (waiting === 0) return;
    for (const criticality of FIRST_TO_LAST) {
      const line = lines[criticality];
      const patienceMs = isOverloaded(line, nowMs) ? 2 * targetMs : intervalMs;
      for (let one = line.oldest; one; one = line.oldest) {
        const isLate = awake(nowMs) - one.sinceMs > patienceMs || isTooLate(one.untilMs - nowMs);
        if (!isLate) break;
        takeOut(one, criticality, false);
      }
    }
  };

  const sweepLater = (nowMs: number): void => {
    if (sweepMs < Number.POSITIVE_INFINITY) return;
    sweepMs = nowMs + 2 * targetMs;
    runtime.after(2 * targetMs, () => {
      const rungMs = runtime.monotonic();
      stillMs += Math.max(0, rungMs - sweepMs - targetMs);
      sweepMs = Number.POSITIVE_INFINITY;
      admit(rungMs);
      if (waiting > 0) sweepLater(rungMs);
    });
  };

  /**
   * Lets in whoever has room, the most critical first; who is left then, and waited for too long, is
   * shed. In this order a process that stood still for a moment has work when it goes on.
   */
  const admit = (nowMs: number): void => {
    for (const criticality of FIRST_TO_LAST) {
      const line = lines[criticality];
      while (running < limit.max && line.size > 0) {
        const one = (isOverloaded(line, nowMs) ? line.newest : line.oldest)!;
        const isIn = !isTooLate(one.untilMs - nowMs);
        if (isIn) {
          running += 1;
          admitted += 1;
        }
        takeOut(one, criticality, isIn);
      }
    }
    sweep(nowMs);
  };

  /** Makes room in the line at the cost of the oldest of somebody less critical. */
  const displaces = (criticality: Criticality): boolean => {
    for (const lesser of ['sheddable', 'default'] as const) {
      if (lesser === criticality || criticality === 'sheddable') return false;
      const { oldest } = lines[lesser];
      if (oldest) {
        takeOut(oldest, lesser, false);
        return true;
      }
    }
    return false;
  };

  const refuse = (criticality: Criticality): false => {
    shed[criticality] += 1;
    return false;
  };

  const wait = (criticality: Criticality, remainingMs: number, nowMs: number) => {
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const untilMs = nowMs + remainingMs;
    const one = {
      sinceMs: awake(nowMs),
      untilMs,
      tell: resolve,
      older: undefined,
      newer: undefined,
    };
    lines[criticality].push(one);
    waiting += 1;
    sweepLater(nowMs);
    return promise;
  };

  const made: Shedder = {
    name,
    enter(criticality, remainingMs, nowMs) {
      if (lag && criticality !== 'critical' && lag.at(nowMs) > lagMsMax) return refuse(criticality);
      if (isTooLate(remainingMs)) return refuse(criticality);
      if (waiting === 0 && running < limit.max) {
        running += 1;
        admitted += 1;
        return true;
      }
      if (waiting >= waitingMax && !displaces(criticality)) return refuse(criticality);
      return wait(criticality, remainingMs, nowMs);
    },
    leave(tookMs, nowMs) {
      limit.sample(tookMs, running, waiting > 0);
      running -= 1;
      usualMs += (tookMs - usualMs) * (tookMs < usualMs ? FORGET : LEARN);
      if (waiting > 0) admit(nowMs);
    },
    async run(task, { criticality = 'default', remainingMs = Number.POSITIVE_INFINITY } = {}) {
      const entered = made.enter(criticality, remainingMs, runtime.monotonic());
      if (!(await entered)) throw overloaded(name);
      const sinceMs = runtime.monotonic();
      try {
        return await task();
      } finally {
        const nowMs = runtime.monotonic();
        made.leave(nowMs - sinceMs, nowMs);
      }
    },
    look: () => ({
      ...{ name, running, waiting, waitingMax, admitted, shed: { ...shed } },
      runningMax: limit.max,
      isOverloaded: FIRST_TO_LAST.some((one) => isOverloaded(lines[one], runtime.monotonic())),
    }),
  };
  return made;
}
