// The public names of offshoot/resilience.
export { type Breaker, type BreakerOptions, type BreakerState, breaker } from './breaker.ts';
export { type Bulkhead, type BulkheadOptions, bulkhead } from './bulkhead.ts';
export { type Deadline, deadline, inTime } from './deadline.ts';
export { type Degradable, type Fallback, type FallbackOptions, fallback } from './fallback.ts';
export { gcra, type Limiter, type LimiterOptions, type Quota, type Verdict } from './gcra.ts';
