// May another instance be asked when the first gave no answer?
import { retryBudget } from '../../resilience/index.ts';
import type { UpstreamFailure } from '../../runtime/index.ts';
import type { Exchange } from '../exchange.ts';
import type { PolicyKind } from '../policy.ts';
import { count, options } from './options.ts';

export interface RetryOptions {
  /** Attempts after the first. @default 1 */
  readonly retriesMax?: number;
  /** Retries allowed for a hundred requests. @default 10 */
  readonly budgetPercent?: number;
}

const IDEMPOTENT: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/**
 * Asks another instance at once when one could not be reached, or broke off before it answered and
 * the request may come twice: its method says so, or an Idempotency-Key. An answer is never retried.
 */
export const retry: PolicyKind<RetryOptions> = {
  name: 'retry',
  description: 'Asks another instance when one gives no answer and asking twice is safe.',
  options: options({
    retriesMax: { ...count, maximum: 10 },
    budgetPercent: { type: 'number', minimum: 0, maximum: 100 },
  }),
  make({ retriesMax = 1, budgetPercent = 10 }, { runtime }) {
    const budget = retryBudget({ percent: budgetPercent });
    const may = (exchange: Exchange, { kind }: UpstreamFailure): boolean => {
      const isUnsent = kind === 'connect' || kind === 'busy';
      const isSafe =
        isUnsent ||
        IDEMPOTENT.has(exchange.method) ||
        exchange.header('idempotency-key') !== undefined;
      return isSafe && budget.spend(runtime.monotonic());
    };
    return {
      name: 'retry',
      onRequest(exchange) {
        budget.earn(exchange.startedMs);
        exchange.retriesLeft = retriesMax;
        exchange.mayRetry = may;
      },
    };
  },
};
