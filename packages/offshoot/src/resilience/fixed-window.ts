// How many has this key done since its window began? A counter that starts anew with each window.
import { Crowded } from './crowded.ts';
import { KEYS_MAX, type Limiter, type LimiterOptions } from './quota.ts';

interface Cell {
  readonly count: number;
  readonly endMs: number;
}

/**
 * Limits by key in windows that begin with the key's first call, as the limiters of most
 * frameworks do. Bounded as `gcra` is.
 */
export function fixedWindow({ clock, keysMax = KEYS_MAX }: LimiterOptions): Limiter {
  const cells = new Crowded<Cell>(keysMax, ({ endMs }, nowMs) => endMs > nowMs);
  return {
    take(asked, quota) {
      const { windowMs, max } = quota;
      const nowMs = Math.floor(clock());
      const key = cells.keyFor(asked, quota, nowMs);
      const known = cells.get(key);
      const { count, endMs } =
        known && known.endMs > nowMs ? known : { count: 0, endMs: nowMs + windowMs };
      const waitMs = endMs - nowMs;
      if (count >= max) return { isAllowed: false, remaining: 0, waitMs };
      cells.set(key, { count: count + 1, endMs });
      return { isAllowed: true, remaining: max - count - 1, waitMs };
    },
    get size() {
      return cells.size;
    },
  };
}
