// When is a service better left alone?
import { OffshootError } from '../../error/index.ts';
import { breaker as circuit, REFUSED } from '../../resilience/index.ts';
import type { Exchange } from '../exchange.ts';
import type { PolicyKind } from '../policy.ts';
import { count, milliseconds, options } from './options.ts';

export interface BreakerOptions {
  /** Failures in a row that open it. @default 7 */
  readonly failuresMax?: number;
  /** Opens at so many percent of failures, of at least `callsMin` calls in `windowMs`. */
  readonly failureRate?: {
    readonly percent: number;
    readonly callsMin: number;
    readonly windowMs: number;
  };
  /** First time open; doubles up to `openMsMax`. @default 1000 */
  readonly openMs?: number;
  /** @default 60000 */
  readonly openMsMax?: number;
  /** @default 1 */
  readonly successesMin?: number;
}

/** A 5xx, a broken connection and a deadline are failures; a 4xx is an answer like any other. */
const isFailure = ({ status, error }: Exchange): boolean =>
  error === undefined
    ? status >= 500
    : error.code === 'UNAVAILABLE' ||
      error.code === 'BAD_UPSTREAM' ||
      error.code === 'DEADLINE_EXCEEDED';

/** A circuit breaker for the route. What was never sent, and clients that leave, say nothing. */
export const breaker: PolicyKind<BreakerOptions> = {
  name: 'breaker',
  description: 'Leaves a service alone for a while that keeps failing.',
  options: options({
    ...{ failuresMax: { ...count, minimum: 1 }, openMs: milliseconds, openMsMax: milliseconds },
    ...{ successesMin: { ...count, minimum: 1 } },
    failureRate: options(
      {
        percent: { type: 'number', minimum: 1, maximum: 100 },
        callsMin: count,
        windowMs: milliseconds,
      },
      ['percent', 'callsMin', 'windowMs'],
    ),
  }),
  make(rules, { runtime, route, slot, logger }) {
    const made = circuit({
      ...rules,
      name: route,
      clock: () => runtime.monotonic(),
      random: () => runtime.random(),
      onChange: ({ from, to, reason }) => logger.warn('breaker', { route, from, to, reason }),
    });
    return {
      name: 'breaker',
      onRequest(exchange) {
        const permit = made.enter(runtime.monotonic());
        exchange.slots[slot] = permit;
        if (permit !== REFUSED) return;
        const details = { retryAfterMs: Math.max(1, made.look().probeInMs) };
        throw new OffshootError('CIRCUIT_OPEN', `${route} keeps failing`, { details });
      },
      onEnd(exchange) {
        const permit = exchange.slots[slot] as number;
        if (permit === REFUSED) return;
        const isUnsaid = exchange.attempts === 0 || exchange.outcome === 'gone';
        const outcome = isUnsaid ? 'unknown' : isFailure(exchange) ? 'failure' : 'success';
        const nowMs = runtime.monotonic();
        made.leave(permit, outcome, nowMs, nowMs - exchange.startedMs);
      },
    };
  },
};
