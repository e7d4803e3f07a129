// May it be tried again, and after how long?
import { asOffshootError, isAvailability, OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { notNow } from './not-now.ts';
import { RateWindow } from './rate-window.ts';

export interface RetryBudgetOptions {
  /** Retries allowed for a hundred calls. @default 10 */
  readonly percent?: number;
  /** Or so many a second, when that is more: who calls seldom may retry too. @default 1 */
  readonly perSecond?: number;
  /** What was saved up is forgotten after so long. @default 10000 */
  readonly windowMs?: number;
}

export interface RetryBudgetLook {
  /** Calls and retries of the window; retries that somebody below made are among them. */
  readonly calls: number;
  readonly retries: number;
  /** Retries that were not made for want of budget, ever. */
  readonly denied: number;
}

/** What one caller may spend on one callee, for everything it does there. */
export interface RetryBudget {
  /** A first attempt: it pays a tenth of a retry in. */
  earn(nowMs: number): void;
  /** Takes one retry (or hedge) out; false when there is none. */
  spend(nowMs: number): boolean;
  /** Retries that others made below on behalf of ours: they were ours too. */
  charge(nowMs: number, retries: number): void;
  look(nowMs: number): RetryBudgetLook;
}

/**
 * Retries as a share of calls, counted over a sliding window (Finagle, Linkerd): an outage of one
 * callee costs it a tenth more calls, not three times as many.
 *
 * @example
 * const budget = retryBudget({ perSecond: 0.1 });
 * budget.earn(0);
 * budget.spend(0); // true: a tenth a second of ten seconds
 * budget.spend(0); // false
 */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  const { percent = 10, perSecond = 1, windowMs = 10_000 } = options;
  const recent = new RateWindow(windowMs);
  const reserve = (perSecond * windowMs) / 1_000;
  let denied = 0;
  return {
    earn: (nowMs) => recent.add(nowMs, 1, 0),
    spend(nowMs) {
      const { calls, hits } = recent.look(nowMs);
      if (hits + 1 > Math.max((calls * percent) / 100, reserve)) {
        denied += 1;
        return false;
      }
      recent.add(nowMs, 0, 1);
      return true;
    },
    charge: (nowMs, retries) => recent.add(nowMs, 0, retries),
    look(nowMs) {
      const { calls, hits } = recent.look(nowMs);
      return { calls, retries: hits, denied };
    },
  };
}

export interface Backoff {
  /** The shortest wait. @default 50 */
  readonly minMs?: number;
  /** The longest. @default 2000 */
  readonly maxMs?: number;
}

export interface RetryRules extends Backoff {
  /** Attempts after the first. @default 2 */
  readonly retriesMax?: number;
  /** @default 10 % of calls, or one a second */
  readonly budget?: RetryBudgetOptions;
}

/**
 * The wait before the next attempt, decorrelated jitter: anything from the shortest to three times
 * the wait before it (Brooker, "Exponential backoff and jitter", AWS, 2015). What the callee asked
 * for (`details.retryAfterMs`) is the least that is waited.
 */
export function backoffMs(
  { minMs = 50, maxMs = 2_000 }: Backoff,
  beforeMs: number,
  random: () => number,
  error?: unknown,
): number {
  const widest = Math.max(minMs, beforeMs * 3);
  const drawn = Math.min(maxMs, minMs + random() * (widest - minMs));
  return Math.max(drawn, retryAfterMs(error) ?? 0);
}

const detail = (error: unknown, name: string): number | undefined => {
  const value = error instanceof OffshootError ? error.details[name] : undefined;
  return typeof value === 'number' && value >= 0 ? value : undefined;
};

/** What the callee asked for, milliseconds: over HTTP it is Retry-After. */
export const retryAfterMs = (error: unknown): number | undefined => detail(error, 'retryAfterMs');

/** How often somebody below tried again; undefined when nobody below has judged it. */
export const retriedBelow = (error: unknown): number | undefined => detail(error, 'retried');

/** The same failure, marked as judged: whoever gets it does not try again. */
export function asRetried(error: unknown, retries: number): OffshootError {
  const { code, message, retryable, details } = asOffshootError(error);
  const marked = { ...details, retried: retries + (retriedBelow(error) ?? 0) };
  return notNow(code, message, { retryable, details: marked, cause: error });
}

/** Whether another attempt may do better: it is about the moment, and nobody below has tried. */
export function isRetryable(error: unknown): boolean {
  if (retriedBelow(error) !== undefined) return false;
  return isAvailability(asOffshootError(error).code);
}

export interface RetryOptions extends RetryRules {
  readonly runtime: Pick<Runtime, 'sleep' | 'monotonic' | 'random'>;
  /** No attempt begins after so long. @default 5000 */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
  /** One for all calls of this caller to this callee. @default one for this call alone */
  readonly spending?: RetryBudget;
  /** @default availability errors that nobody below has retried */
  readonly isRetryable?: (error: unknown) => boolean;
}

/**
 * Runs a task that may safely run twice, until it succeeds, fails for good, or attempts, budget or
 * time are used up; then throws the last failure.
 *
 * @example
 * const answer = await retry(async (attempt) => `attempt ${attempt}`, { runtime: nodeRuntime() });
 */
export async function retry<T>(
  task: (attempt: number) => Promise<T>,
  options: RetryOptions,
): Promise<T> {
  const { runtime, retriesMax = 2, deadlineMs = 5_000, signal } = options;
  const { spending = retryBudget(options.budget), isRetryable: mayRetry = isRetryable } = options;
  const end = runtime.monotonic() + deadlineMs;
  let waitedMs = 0;
  spending.earn(runtime.monotonic());
  for (let attempt = 1; ; attempt += 1)
    try {
      return await task(attempt);
    } catch (error) {
      if (attempt > retriesMax || signal?.aborted || !mayRetry(error)) throw error;
      waitedMs = backoffMs(options, waitedMs, () => runtime.random(), error);
      const now = runtime.monotonic();
      if (now + waitedMs >= end || !spending.spend(now)) throw error;
      await runtime.sleep(waitedMs, signal);
    }
}
