// How do many gateways keep one limit, and what do they do when they cannot ask each other?
import { badDefinition } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { type BreakerChange, breaker } from './breaker.ts';
import { inTime } from './deadline.ts';
import type { LimitStore } from './limit-store.ts';
import { limiter } from './limiter.ts';
import type { Quota, Verdict } from './quota.ts';

export interface SharedLimiterOptions {
  readonly runtime: Runtime;
  readonly store: LimitStore;
  /** How long the store may take to decide. @default 50 */
  readonly timeoutMs?: number;
  /** How many share the limit at least, for a start without the store. @default 1 */
  readonly sharersMin?: number;
  /** Keys counted here while the store is away. @default 50000 */
  readonly keysMax?: number;
  /** Told when decisions begin to be made here, and when by the store again. */
  readonly onChange?: (change: BreakerChange) => void;
}

export interface SharedLimiter {
  /** Never rejects: what the store cannot decide is decided here, by this one's share. */
  take(key: string, quota: Quota): Promise<Verdict>;
  /** Whether decisions are made here because the store is away. */
  readonly isAlone: boolean;
  close(): Promise<void>;
}

const TIMEOUT_MS = 50;
/** One late answer may be chance; after a few nobody waits for the next. */
const FAILURES_MAX = 3;
const AWAY_MS = 500;
const AWAY_MS_MAX = 2_000;

/** What one of `sharers` may let through: their shares together are never more than the quota. */
export function shareOf({ windowMs, max, window }: Quota, sharers: number): Quota {
  const kind = window === undefined ? {} : { window };
  const share = Math.floor(max / sharers);
  if (share >= 1) return { windowMs, max: share, ...kind };
  // Fewer than there are sharers: one each, in a window so much longer.
  return { windowMs: Math.ceil((windowMs * sharers) / max), max: 1, ...kind };
}

/**
 * Asks the store; when it is late or away, counts here by this process's share of the quota, and
 * asks again by and by. What the store let through is counted here as well, so that an outage gives
 * nobody a fresh quota.
 *
 * @example
 * const calls = sharedLimiter({ runtime, store });
 * const { isAllowed } = await calls.take('ada', { windowMs: 60_000, max: 100 });
 */
export function sharedLimiter(options: SharedLimiterOptions): SharedLimiter {
  const { runtime, store, timeoutMs = TIMEOUT_MS, sharersMin = 1, keysMax, onChange } = options;
  if (!(sharersMin >= 1 && timeoutMs > 0))
    badDefinition('a shared limiter needs sharersMin of at least 1 and timeoutMs above 0');
  const clock = () => runtime.monotonic();
  const here = limiter({ clock, ...(keysMax === undefined ? {} : { keysMax }) });
  const away = breaker({
    ...{ name: 'rate limits', clock, random: () => runtime.random() },
    ...{ failuresMax: FAILURES_MAX, openMs: AWAY_MS, openMsMax: AWAY_MS_MAX },
    ...(onChange ? { onChange } : {}),
  });
  const takeHere = (key: string, quota: Quota): Verdict =>
    here.take(key, shareOf(quota, Math.max(sharersMin, store.sharers)));
  return {
    async take(key, quota) {
      try {
        const verdict = await away.run(() =>
          inTime(runtime, timeoutMs, 'the store of the rate limits', () => store.take(key, quota)),
        );
        if (verdict.isAllowed) takeHere(key, quota);
        return verdict;
      } catch {
        return takeHere(key, quota);
      }
    },
    get isAlone() {
      return away.state !== 'closed';
    },
    close: () => store.close(),
  };
}
