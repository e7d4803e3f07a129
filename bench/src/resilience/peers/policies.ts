// The same protections by the libraries that people use for them.
import {
  bulkhead,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  retry,
  SamplingBreaker,
  TimeoutStrategy,
  timeout,
  wrap,
} from 'cockatiel';
import CircuitBreaker from 'opossum';
import type { Contender } from '../../contender.ts';
import { calls, task } from '../loop.ts';

const COCKATIEL = 'cockatiel: deadline, breaker, retry, bulkhead, timeout';
const OPOSSUM = 'opossum: breaker, timeout';

export const cockatiel: Contender = {
  name: COCKATIEL,
  async open() {
    const policy = wrap(
      timeout(5_000, TimeoutStrategy.Cooperative),
      circuitBreaker(handleAll, {
        halfOpenAfter: 1_000,
        breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000 }),
      }),
      retry(handleAll, { maxAttempts: 2, backoff: new ExponentialBackoff() }),
      bulkhead(100),
      timeout(1_000, TimeoutStrategy.Cooperative),
    );
    return calls(COCKATIEL, () => policy.execute(task));
  },
};

export const opossum: Contender = {
  name: OPOSSUM,
  async open() {
    const breaker = new CircuitBreaker(task, {
      timeout: 3_000,
      errorThresholdPercentage: 50,
      resetTimeout: 30_000,
    });
    return calls(
      OPOSSUM,
      () => breaker.fire(),
      () => breaker.shutdown(),
    );
  },
};
