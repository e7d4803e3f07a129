// May this key do it once more now? The generic cell rate algorithm (ITU-T I.371): a sliding limit
// that remembers one number for each key.
import { Crowded } from './crowded.ts';
import { KEYS_MAX, type Limiter, type LimiterOptions } from './quota.ts';

interface Cell {
  /** When the quota is whole again, in ticks of 1/max ms: whole numbers, so nothing rounds. */
  readonly full: number;
  readonly max: number;
}

/** In ticks of 1/max, also where the quota has become another since. */
const scaled = (cell: Cell, max: number): number =>
  cell.max === max ? cell.full : Math.ceil((cell.full / cell.max) * max);

/**
 * Limits by key, sliding whatever the quota says. A key whose quota is whole again may be
 * forgotten, for it then stands like a new one; one in use never is. When there is no room for
 * another, the keys that are not remembered share one quota: that may be hard on a newcomer, but
 * lets nobody pass by making up keys.
 */
export function gcra({ clock, keysMax = KEYS_MAX }: LimiterOptions): Limiter {
  const cells = new Crowded<Cell>(keysMax, ({ full, max }, nowMs) => full > nowMs * max);
  return {
    take(asked, quota) {
      const { windowMs, max } = quota;
      const nowMs = Math.floor(clock());
      const now = nowMs * max;
      const key = cells.keyFor(asked, quota, nowMs);
      const known = cells.get(key);
      const before = known ? Math.max(scaled(known, max), now) : now;
      const full = before + windowMs;
      const room = now + windowMs * max;
      if (full > room) return { isAllowed: false, remaining: 0, waitMs: (full - room) / max };
      cells.set(key, { full, max });
      const remaining = Math.floor((room - full) / windowMs);
      return { isAllowed: true, remaining, waitMs: (full - now) / max };
    },
    get size() {
      return cells.size;
    },
  };
}
