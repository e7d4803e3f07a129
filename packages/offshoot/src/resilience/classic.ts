// Which numbers do the documents use that most readers know?
import type { BreakerRules } from './breaker.ts';

/**
 * The documents' own numbers, for who wants exactly those: five failures in a row, half a minute
 * open, two successes to close, one probe at a time. With it the time open does not grow.
 *
 * @example
 * const users = breaker({ name: 'users', ...classic, clock: () => performance.now(), random: () => 0 });
 */
export const classic = Object.freeze({
  failuresMax: 5,
  openMs: 30_000,
  openMsMax: 30_000,
  jitter: 0,
  successesMin: 2,
} as const satisfies BreakerRules);

/** The other form in the documents: half of the calls failed, with a timeout of 3 s beside it. */
export const classicPercentage = Object.freeze({
  failuresMax: Number.POSITIVE_INFINITY,
  failureRate: Object.freeze({ percent: 50, callsMin: 5, windowMs: 10_000 }),
  openMs: 30_000,
  openMsMax: 30_000,
  jitter: 0,
  successesMin: 1,
} as const satisfies BreakerRules);
