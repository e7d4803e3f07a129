// How many calls at once serve most of them in time? A limit that follows the callee.

/** How many calls may run at once; learns from each one that ended. */
export interface ConcurrencyLimit {
  readonly max: number;
  /**
   * One call ended after `tookMs` with so many running when it did, itself among them. `waiting`:
   * others waited for room, so that its time says more about the load than about the callee.
   */
  sample(tookMs: number, running: number, waiting: boolean): void;
}

/** So many, whatever happens. */
export const fixed = (max: number): ConcurrencyLimit => ({ max, sample: () => {} });

export interface GradientOptions {
  /** @default 20 */
  readonly initial?: number;
  /** @default 20 */
  readonly min?: number;
  /** @default 200 */
  readonly max?: number;
  /** How much one sample moves the limit. @default 0.2 */
  readonly smoothing?: number;
  /** Calls that may queue in the callee: how fast the limit grows. @default 4 */
  readonly queue?: number;
  /** Samples over which the usual time is averaged. @default 600 */
  readonly window?: number;
  /** Times the usual that a call may take before the limit falls. @default 1.5 */
  readonly tolerance?: number;
}

/**
 * Gradient2 of Netflix' concurrency-limits: usual time over present time says whether a queue is
 * building up in the callee. Departs from it in one thing: while calls wait for room, the usual
 * time is not learnt. An overload that lasts would otherwise teach that slow is normal, and the
 * limit would creep up to its maximum.
 *
 * @example
 * const limit = gradient();
 * for (let call = 0; call < 100; call += 1) limit.sample(10, 20, false);
 * limit.max > 20; // true: no queue in sight
 */
export function gradient(options: GradientOptions = {}): ConcurrencyLimit {
  const { initial = 20, min = 20, max = 200, smoothing = 0.2, queue = 4 } = options;
  const { window = 600, tolerance = 1.5 } = options;
  let estimate = initial;
  let usualMs = 0;
  let seen = 0;

  const learn = (tookMs: number): void => {
    seen = Math.min(seen + 1, window);
    usualMs += (tookMs - usualMs) * (2 / (seen + 1));
    if (usualMs > 2 * tookMs) usualMs *= 0.9; // it was slow for a while, and is not any more
  };

  return {
    get max() {
      return Math.floor(estimate);
    },
    sample(tookMs, running, waiting) {
      if (!waiting || seen === 0 || tookMs < usualMs) learn(tookMs);
      if (running < estimate / 2) return; // nobody asked for more
      const slope = Math.max(0.5, Math.min(1, (tolerance * usualMs) / Math.max(tookMs, 1e-3)));
      const wanted = estimate * slope + queue;
      estimate = Math.min(max, Math.max(min, estimate + (wanted - estimate) * smoothing));
    },
  };
}
