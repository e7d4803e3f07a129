// Who fails so often, seen from here, that it is left alone for a while?

export interface EjectionOptions {
  /** Failures in a row that eject. @default 5 */
  readonly failuresMax?: number;
  /** How long, times how often it was, milliseconds. @default 30000 */
  readonly baseMs?: number;
  /** @default 300000 */
  readonly ejectMsMax?: number;
  /** Of the instances, how many may be out at once: at least one, never all. @default 0.1 */
  readonly shareMax?: number;
  readonly clock: () => number;
}

/** Passive ejection of outliers, as Envoy's. */
export interface Ejection {
  /** A call to `id`, one of `peers` instances, ended. True when it is ejected by that. */
  record(id: string, isFailure: boolean, peers: number): boolean;
  isEjected(id: string): boolean;
  /** How many are out. */
  readonly ejected: number;
  /** It is listed no more. */
  forget(id: string): void;
}

interface Case {
  failures: number;
  /** How often it was ejected, less what it served since. */
  times: number;
  until: number;
}

/** How many of so many may be out at once: the floor under which nobody is ejected. */
export function ejectedMax(peers: number, shareMax: number): number {
  return Math.max(0, Math.min(Math.max(1, Math.floor(peers * shareMax)), peers - 1));
}

/**
 * Counts failures in a row for each instance. One that is ejected comes back by time alone; each
 * time again it stays out longer, and each `baseMs` of good standing take one time off. State
 * comes from timestamps, not timers.
 *
 * @example
 * const outliers = ejection({ clock: runtime.monotonic, failuresMax: 2 });
 * outliers.record('a', true, 3); // false
 * outliers.record('a', true, 3); // true
 * outliers.isEjected('a'); // true, for 30 seconds
 */
export function ejection(options: EjectionOptions): Ejection {
  const { clock, failuresMax = 5, baseMs = 30_000 } = options;
  const { ejectMsMax = 300_000, shareMax = 0.1 } = options;
  const cases = new Map<string, Case>();
  const isOut = ({ until }: Case, now: number) => until > now;
  const out = () => {
    const now = clock();
    let count = 0;
    for (const one of cases.values()) if (isOut(one, now)) count += 1;
    return count;
  };
  return {
    record(id, isFailure, peers) {
      const now = clock();
      const found = cases.get(id);
      if (found && isOut(found, now)) return false; // of a call from before it was ejected
      if (!isFailure) {
        if (found) found.failures = 0;
        return false;
      }
      const one = found ?? { failures: 0, times: 0, until: Number.NEGATIVE_INFINITY };
      cases.set(id, one);
      one.failures += 1;
      if (one.failures < failuresMax || out() >= ejectedMax(peers, shareMax)) return false;
      const served = one.times === 0 ? 0 : Math.floor((now - one.until) / baseMs);
      one.times = Math.max(0, one.times - served) + 1;
      one.until = now + Math.min(baseMs * one.times, ejectMsMax);
      one.failures = 0;
      return true;
    },
    isEjected(id) {
      const one = cases.get(id);
      return one !== undefined && isOut(one, clock());
    },
    get ejected() {
      return out();
    },
    forget: (id) => void cases.delete(id),
  };
}
