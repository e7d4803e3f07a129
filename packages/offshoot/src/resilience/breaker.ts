// When is it better not to call at all? A circuit breaker (Nygard, Release It!).
import { OffshootError } from '../error/index.ts';

export type BreakerState = 'closed' | 'open' | 'half-open';

export interface BreakerOptions {
  readonly name: string;
  /** Failures in a row that open it. @default 7 */
  readonly failuresMax?: number;
  /** First time open, milliseconds; doubles up to `openMsMax` while probes fail. @default 1000 */
  readonly openMs?: number;
  /** @default 60000 */
  readonly openMsMax?: number;
  /** Successes in a row, half-open, that close it. @default 1 */
  readonly successesMin?: number;
  /** Milliseconds that only grow. */
  readonly clock: () => number;
  /** Uniform in [0, 1): spreads the probes of many callers by up to half of the time open. */
  readonly random: () => number;
}

export interface Breaker {
  readonly state: BreakerState;
  /** Runs `task`, or throws CIRCUIT_OPEN without running it. `isFailure` says which errors count. */
  run<T>(task: () => Promise<T>, isFailure?: (error: unknown) => boolean): Promise<T>;
}

const JITTER = 0.5;

/**
 * Closed, open, half-open with one probe at a time. State comes from timestamps, not timers; a
 * late answer to a call from before the last change of state counts for nothing.
 */
export function breaker(options: BreakerOptions): Breaker {
  const { name, clock, random } = options;
  const { failuresMax = 7, openMs = 1_000, openMsMax = 60_000, successesMin = 1 } = options;
  let generation = 0; // changes with the state, so that old calls can be told from new ones
  let failures = 0;
  let successes = 0;
  let openFor = openMs;
  let openUntil: number | undefined;
  let probing = false;

  const stateNow = (): BreakerState =>
    openUntil === undefined ? 'closed' : clock() < openUntil ? 'open' : 'half-open';

  const open = (): void => {
    generation += 1;
    openUntil = clock() + openFor * (1 + JITTER * random());
    openFor = Math.min(openFor * 2, openMsMax);
    failures = 0;
    successes = 0;
    probing = false;
  };

  const close = (): void => {
    generation += 1;
    openUntil = undefined;
    openFor = openMs;
    failures = 0;
  };

  const succeeded = (): void => {
    failures = 0;
    if (openUntil === undefined) return;
    probing = false;
    successes += 1;
    if (successes >= successesMin) close();
  };

  const failed = (): void => {
    failures += 1;
    if (openUntil !== undefined || failures >= failuresMax) open();
  };

  return {
    get state() {
      return stateNow();
    },
    async run(task, isFailure = () => true) {
      const state = stateNow();
      if (state === 'open' || (state === 'half-open' && probing))
        throw new OffshootError('CIRCUIT_OPEN', `${name} keeps failing; the next try is soon`);
      if (state === 'half-open') probing = true;
      const mine = generation;
      try {
        const result = await task();
        if (mine === generation) succeeded();
        return result;
      } catch (error) {
        if (mine === generation) {
          if (isFailure(error)) failed();
          else succeeded();
        }
        throw error;
      }
    },
  };
}
