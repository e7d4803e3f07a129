// May this key do it once more now? The generic cell rate algorithm (ITU-T I.371): a sliding limit
// that remembers one number for each key.
import { badDefinition } from '../error/index.ts';

export interface Quota {
  readonly windowMs: number;
  /** So many at once, and so many again as the window passes, one by one. */
  readonly max: number;
}

export interface Verdict {
  readonly isAllowed: boolean;
  /** How many more would pass right now. */
  readonly remaining: number;
  /** Milliseconds until the whole quota is there again; when refused, until the next one passes. */
  readonly waitMs: number;
}

export interface LimiterOptions {
  /** Milliseconds that only grow. */
  readonly clock: () => number;
  /** @default 50000 */
  readonly keysMax?: number;
}

export interface Limiter {
  /** Counts one against the quota of `key`; the same key comes with the same quota each time. */
  take(key: string, quota: Quota): Verdict;
  /** Keys remembered. */
  readonly size: number;
}

interface Cell {
  /** When the quota is whole again, in ticks of 1/max ms: whole numbers, so nothing rounds. */
  readonly full: number;
  readonly max: number;
}

const KEYS_MAX = 50_000;
/** Keys looked at to make room for a new one. */
const LOOKS_MAX = 8;
const CROWD = '\u0000';

/**
 * Limits by key. A key whose quota is whole again may be forgotten, for it then stands like a new
 * one; one in use never is. When there is no room for another, the keys that are not remembered
 * share one quota: that may be hard on a newcomer, but lets nobody pass by making up keys.
 */
export function gcra({ clock, keysMax = KEYS_MAX }: LimiterOptions): Limiter {
  if (!(keysMax >= 1)) badDefinition('a limiter needs room for at least one key');
  const cells = new Map<string, Cell>();

  const hasRoom = (nowMs: number): boolean => {
    let looks = 0;
    for (const [key, cell] of cells) {
      if (cells.size < keysMax || looks >= LOOKS_MAX) break;
      looks += 1;
      cells.delete(key);
      // One in use goes to the end of the line, so that the next look meets another.
      if (cell.full > nowMs * cell.max) cells.set(key, cell);
    }
    return cells.size < keysMax;
  };

  return {
    take(asked, { windowMs, max }) {
      const nowMs = Math.floor(clock());
      const now = nowMs * max;
      const key = cells.has(asked) || hasRoom(nowMs) ? asked : `${CROWD}${max}/${windowMs}`;
      const before = Math.max(cells.get(key)?.full ?? now, now);
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
