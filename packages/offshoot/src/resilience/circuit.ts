// How does code that was written for opossum come over, a line at a time?
import { asOffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { BreakerChange, BreakerState } from './breaker.ts';
import type { Degradable } from './fallback.ts';
import { type Pipeline, pipeline } from './pipeline.ts';

/** Opossum's own names, units and defaults. */
export interface CircuitOptions {
  readonly runtime: Runtime;
  /** @default 'circuit' */
  readonly name?: string;
  /** Milliseconds. @default 10000 */
  readonly timeout?: number;
  /** @default 50 */
  readonly errorThresholdPercentage?: number;
  /** Milliseconds open before a probe. @default 30000 */
  readonly resetTimeout?: number;
  /** Milliseconds over which errors are counted. @default 10000 */
  readonly rollingCountTimeout?: number;
  /** Calls before it opens at all. @default 1 */
  readonly volumeThreshold?: number;
  /** True for an error that is none of the callee's. @default nothing is */
  readonly errorFilter?: (error: unknown) => boolean;
}

export type CircuitEvent = 'open' | 'halfOpen' | 'close' | 'fallback';

export interface Circuit<Args extends readonly unknown[], T> {
  /** A result, or the fallback's: which of them, the mark `degraded` says. */
  fire(...args: Args): Promise<Degradable<T>>;
  /** Said when there is no result. It has the shape of one: an error posing as data has not. */
  fallback(make: (...args: Args) => T): this;
  on(event: CircuitEvent, listener: () => void): this;
  open(): void;
  close(): void;
  readonly opened: boolean;
  readonly halfOpen: boolean;
  readonly closed: boolean;
  /** What it is made of, for what opossum has no word for. */
  readonly pipeline: Pipeline;
}

const EVENTS: Readonly<Record<BreakerState, CircuitEvent>> = {
  open: 'open',
  'half-open': 'halfOpen',
  closed: 'close',
};

/**
 * A pipeline under opossum's names. Three things are otherwise: of many callers after the reset one
 * is the probe, a late success closes nothing, and what a fallback says is marked.
 *
 * @example
 * const users = circuit(async (id: string) => ({ id }), { runtime: nodeRuntime(), timeout: 3_000 });
 * const { value, degraded } = await users.fire('u1');
 */
export function circuit<const Args extends readonly unknown[], T>(
  task: (...args: Args) => Promise<T>,
  options: CircuitOptions,
): Circuit<Args, T> {
  const { runtime, name = 'circuit', timeout = 10_000, errorThresholdPercentage = 50 } = options;
  const { resetTimeout = 30_000, rollingCountTimeout = 10_000, volumeThreshold = 1 } = options;
  const { errorFilter = () => false } = options;
  const listeners = new Map<CircuitEvent, (() => void)[]>();
  const say = (event: CircuitEvent): void => {
    for (const listener of listeners.get(event) ?? []) listener();
  };
  const made = pipeline({
    ...{ name, runtime, deadlineMs: timeout, retry: false },
    breaker: {
      failuresMax: Number.POSITIVE_INFINITY,
      failureRate: {
        percent: errorThresholdPercentage,
        callsMin: Math.max(1, volumeThreshold),
        windowMs: rollingCountTimeout,
      },
      ...{ openMs: resetTimeout, openMsMax: resetTimeout, jitter: 0 },
    },
    isFailure: (error) => !errorFilter(error),
    onChange: ({ to }: BreakerChange) => say(EVENTS[to]),
  });
  let standIn: ((...args: Args) => T) | undefined;

  return {
    async fire(...args) {
      const call = () => task(...args);
      if (!standIn) return { value: await made.run(call), degraded: false };
      try {
        return { value: await made.run(call), degraded: false };
      } catch (error) {
        say('fallback');
        const { code: cause } = asOffshootError(error);
        return { value: standIn(...args), degraded: true, cause, source: 'computed' };
      }
    },
    fallback(make) {
      standIn = make;
      return this;
    },
    on(event, listener) {
      listeners.set(event, [...(listeners.get(event) ?? []), listener]);
      return this;
    },
    open: () => made.breaker?.force('open'),
    close: () => made.breaker?.reset(),
    get opened() {
      return made.breaker?.state === 'open';
    },
    get halfOpen() {
      return made.breaker?.state === 'half-open';
    },
    get closed() {
      return made.breaker?.state === 'closed';
    },
    pipeline: made,
  };
}
