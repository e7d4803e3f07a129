// When is it better not to call at all? A circuit breaker (Nygard, Release It!).
import { badDefinition, type OffshootError } from '../error/index.ts';
import { notNow } from './not-now.ts';
import { RateWindow } from './rate-window.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

/** So many percent of at least so many calls in the last so many milliseconds. */
export interface Rate {
  readonly percent: number;
  readonly callsMin: number;
  readonly windowMs: number;
}

export interface BreakerRules {
  /** Failures in a row that open it; Infinity: any number. @default 7 */
  readonly failuresMax?: number;
  /** Opens on a share of failures. @default none */
  readonly failureRate?: Rate;
  /** Opens on a share of calls that took longer than `overMs`, however they ended. @default none */
  readonly slowRate?: Rate & { readonly overMs: number };
  /** First time open, milliseconds; doubles up to `openMsMax` while probes fail. @default 1000 */
  readonly openMs?: number;
  /** @default 60000 */
  readonly openMsMax?: number;
  /** Successes in a row, half-open, that close it. @default 1 */
  readonly successesMin?: number;
  /** The time open is drawn from it to so much more of it: callers do not probe in step. @default 0.5 */
  readonly jitter?: number;
  /** A probe that says nothing for longer has failed. @default 30000 */
  readonly probeMsMax?: number;
}

/** What opens, closes or half-opens it, in words. */
export interface BreakerChange {
  readonly name: string;
  readonly from: BreakerState;
  readonly to: BreakerState;
  readonly reason: string;
  /** By the breaker's own clock. */
  readonly atMs: number;
}

export interface BreakerOptions extends BreakerRules {
  readonly name: string;
  /** Milliseconds that only grow. */
  readonly clock: () => number;
  /** Uniform in [0, 1): spreads the probes of many callers. */
  readonly random: () => number;
  /** Told of each change in the moment it is seen; half-open is seen by the first probe. */
  readonly onChange?: (change: BreakerChange) => void;
}

export interface BreakerLook {
  readonly name: string;
  readonly state: BreakerState;
  /** Set when a person decided. */
  readonly forced: 'open' | 'closed' | undefined;
  /** Failures in a row. */
  readonly failures: number;
  /** Calls that it did not let through, ever. */
  readonly refused: number;
  /** Times that it opened, ever. */
  readonly opened: number;
  /** Milliseconds until the next probe; 0 unless open. */
  readonly probeInMs: number;
  readonly lastChange: BreakerChange | undefined;
}

/** How a call ended; `unknown` says nothing of the callee: it was never asked, or is not to blame. */
export type CallOutcome = 'success' | 'failure' | 'unknown';

export interface Breaker {
  readonly name: string;
  readonly state: BreakerState;
  /** Runs `task`, or throws CIRCUIT_OPEN without running it. `isFailure` says which errors count. */
  run<T>(task: () => Promise<T>, isFailure?: (error: unknown) => boolean): Promise<T>;
  /** For who composes: a permit, or REFUSED. Each permit is handed back by `leave`, once. */
  enter(nowMs: number): number;
  leave(permit: number, outcome: CallOutcome, nowMs: number, tookMs: number): void;
  /** Stays so, whatever happens, until forced otherwise or, with undefined, left to itself. */
  force(state: 'open' | 'closed' | undefined): void;
  /** Closed and forgetful, as new; nothing is forced any more. */
  reset(): void;
  look(): BreakerLook;
}

/** What `enter` says instead of a permit. */
export const REFUSED = -1;
/** Of a call that passed because the breaker is forced: nothing is learnt from it. */
const UNCOUNTED = -2;

const isOver = ({ percent, callsMin }: Rate, { calls, hits }: RateWindow): boolean =>
  calls >= callsMin && hits * 100 >= percent * calls;

function checked({ percent, callsMin, windowMs }: Rate, name: string, what: string): void {
  if (percent > 0 && percent <= 100 && callsMin >= 1 && windowMs > 0) return;
  badDefinition(`breaker ${name}: ${what} needs percent in (0, 100], callsMin ≥ 1, windowMs > 0`);
}

/** The failure of a call that a breaker did not let through. */
export const circuitOpen = (name: string, probeInMs: number): OffshootError =>
  notNow('CIRCUIT_OPEN', `${name} keeps failing; the next try is soon`, {
    details: { retryAfterMs: Math.ceil(probeInMs) },
  });

/**
 * Closed, open, half-open with one probe at a time. State comes from timestamps, not timers; a
 * late answer to a call from before the last change of state counts for nothing. Opens on failures
 * in a row, on a share of failures, or on a share of slow calls, whichever comes first.
 *
 * @example
 * const upstream = breaker({ name: 'users', clock: () => performance.now(), random: Math.random });
 * const user = await upstream.run(async () => ({ id: 'u1' }));
 */
export function breaker(options: BreakerOptions): Breaker {
  const { name, clock, random, onChange, failureRate, slowRate } = options;
  const { failuresMax = 7, openMs = 1_000, openMsMax = 60_000 } = options;
  const { successesMin = 1, probeMsMax = 30_000, jitter = 0.5 } = options;
  if (failureRate) checked(failureRate, name, 'failureRate');
  if (slowRate) checked(slowRate, name, 'slowRate');
  const failing = failureRate && new RateWindow(failureRate.windowMs);
  const slow = slowRate && new RateWindow(slowRate.windowMs);
  const slowMs = slowRate?.overMs ?? Number.POSITIVE_INFINITY;
  let generation = 0; // changes with the state, so that old calls can be told from new ones
  let failures = 0;
  let successes = 0;
  let openFor = openMs;
  let openUntil: number | undefined;
  let probeSince: number | undefined;
  let forced: 'open' | 'closed' | undefined;
  let seen: BreakerState = 'closed';
  let lastChange: BreakerChange | undefined;
  let refused = 0;
  let opened = 0;

  const stateAt = (nowMs: number): BreakerState => {
    if (forced !== undefined || openUntil === undefined) return forced ?? 'closed';
    return nowMs < openUntil ? 'open' : 'half-open';
  };

  const say = (to: BreakerState, reason: string, atMs: number): void => {
    if (to === seen) return;
    lastChange = { name, from: seen, to, reason, atMs };
    seen = to;
    if (to === 'open') opened += 1;
    onChange?.(lastChange);
  };

  const open = (nowMs: number, reason: string): void => {
    generation += 1;
    openUntil = nowMs + openFor * (1 + jitter * random());
    openFor = Math.min(openFor * 2, openMsMax);
    failures = 0;
    successes = 0;
    probeSince = undefined;
    say('open', reason, nowMs);
  };

  const close = (nowMs: number, reason: string): void => {
    generation += 1;
    openUntil = undefined;
    openFor = openMs;
    failures = 0;
    successes = 0;
    probeSince = undefined;
    failing?.clear();
    slow?.clear();
    say('closed', reason, nowMs);
  };

  /** Open, half-open or forced. */
  const enterGuarded = (nowMs: number): number => {
    const state = stateAt(nowMs);
    if (forced === 'closed') return UNCOUNTED;
    if (probeSince !== undefined && nowMs - probeSince > probeMsMax && !forced)
      open(nowMs, `the probe was silent for ${probeMsMax} ms`);
    else if (state === 'half-open' && probeSince === undefined) {
      probeSince = nowMs;
      say('half-open', 'it was open for long enough', nowMs);
      return generation;
    }
    refused += 1;
    return REFUSED;
  };

  const probed = (isWell: boolean, nowMs: number): void => {
    probeSince = undefined;
    successes = isWell ? successes + 1 : 0;
    if (!isWell) open(nowMs, 'the probe failed');
    else if (successes >= successesMin)
      close(nowMs, `${successes} of ${successesMin} probes succeeded`);
  };

  const count = (isFailure: boolean, isSlow: boolean, nowMs: number): void => {
    failing?.add(nowMs, 1, isFailure ? 1 : 0);
    slow?.add(nowMs, 1, isSlow ? 1 : 0);
    failures = isFailure ? failures + 1 : 0;
    if (failures >= failuresMax) open(nowMs, `${failures} failures in a row`);
    else if (isFailure && failing && isOver(failureRate, failing))
      open(nowMs, `${failing.hits} of ${failing.calls} calls failed`);
    else if (isSlow && slow && isOver(slowRate, slow))
      open(nowMs, `${slow.hits} of ${slow.calls} calls took over ${slowMs} ms`);
  };

  const made: Breaker = {
    name,
    get state() {
      return stateAt(clock());
    },
    enter: (nowMs) =>
      openUntil === undefined && forced === undefined ? generation : enterGuarded(nowMs),
    leave(permit, outcome, nowMs, tookMs) {
      if (permit !== generation) return;
      const isFailure = outcome === 'failure';
      const isSlow = tookMs > slowMs;
      if (outcome === 'unknown')
        probeSince = undefined; // somebody else may probe
      else if (openUntil !== undefined) probed(!isFailure && !isSlow, nowMs);
      else count(isFailure, isSlow, nowMs);
    },
    async run(task, isFailure = () => true) {
      const since = clock();
      const permit = made.enter(since);
      if (permit === REFUSED) throw circuitOpen(name, made.look().probeInMs);
      const end = (outcome: CallOutcome): void => {
        const now = clock();
        made.leave(permit, outcome, now, now - since);
      };
      try {
        const result = await task();
        end('success');
        return result;
      } catch (error) {
        end(isFailure(error) ? 'failure' : 'success');
        throw error;
      }
    },
    force(state) {
      generation += 1; // what was begun before says nothing about after
      probeSince = undefined;
      forced = state;
      const now = clock();
      say(stateAt(now), state ? 'forced' : 'left to itself', now);
    },
    reset() {
      forced = undefined;
      close(clock(), 'reset');
    },
    look() {
      const now = clock();
      const state = stateAt(now);
      const isWaiting = state === 'open' && forced === undefined && openUntil !== undefined;
      const probeInMs = isWaiting ? openUntil! - now : 0;
      return { name, state, forced, failures, refused, opened, probeInMs, lastChange };
    },
  };
  return made;
}
