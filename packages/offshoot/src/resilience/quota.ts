// How often may a key do something, and what is it told? What every limiter, here or shared, speaks.

export interface Quota {
  readonly windowMs: number;
  /** So many at once, and so many again as the window passes. */
  readonly max: number;
  /**
   * How they come back: `sliding`, one by one (GCRA); `fixed`, all of them when the window that
   * began with the first is over, so that twice as many may pass around its end. @default 'sliding'
   */
  readonly window?: 'sliding' | 'fixed';
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
  /** Counts one against the quota of `key`; a key that comes with another quota keeps its place. */
  take(key: string, quota: Quota): Verdict;
  /** Keys remembered. */
  readonly size: number;
}

export const KEYS_MAX = 50_000;
