// The public names of offshoot/resilience.
export type { Attempt, Endpoint } from './attempt.ts';
export {
  type Breaker,
  type BreakerChange,
  type BreakerLook,
  type BreakerOptions,
  type BreakerRules,
  type BreakerState,
  breaker,
  type CallOutcome,
  type Rate,
  REFUSED,
} from './breaker.ts';
export { type Bulkhead, type BulkheadLook, type BulkheadOptions, bulkhead } from './bulkhead.ts';
export {
  type Answered,
  type AskOptions,
  type Cache,
  type CacheOptions,
  type CacheUse,
  cache,
  type Flight,
  type Loaded,
} from './cache.ts';
export type { Found, Keeping } from './cache-entries.ts';
export { type Circuit, type CircuitEvent, type CircuitOptions, circuit } from './circuit.ts';
export { classic, classicPercentage } from './classic.ts';
export { type Deadline, deadline, inTime } from './deadline.ts';
export { type Degradable, type Fallback, type FallbackOptions, fallback } from './fallback.ts';
export { fixedWindow } from './fixed-window.ts';
export { gcra } from './gcra.ts';
export { type ConcurrencyLimit, fixed, type GradientOptions, gradient } from './gradient.ts';
export { type Latency, type LatencyOptions, latency } from './latency.ts';
export { embeddedLimitStore, type LimitStore } from './limit-store.ts';
export { limiter } from './limiter.ts';
export { type LoopLag, type LoopLagOptions, loopLag } from './loop-lag.ts';
export {
  type Pipeline,
  type PipelineLook,
  type PipelineOptions,
  pipeline,
  SERVICE_BREAKER,
} from './pipeline.ts';
export type { CallOptions, HedgeRules } from './pipeline-core.ts';
export {
  type LimitLook,
  type Protections,
  type ProtectionsLook,
  protections,
} from './protections.ts';
export type { Limiter, LimiterOptions, Quota, Verdict } from './quota.ts';
export {
  asRetried,
  type Backoff,
  backoffMs,
  isRetryable,
  type RetryBudget,
  type RetryBudgetLook,
  type RetryBudgetOptions,
  type RetryOptions,
  type RetryRules,
  retriedBelow,
  retry,
  retryAfterMs,
  retryBudget,
} from './retry.ts';
export {
  type SharedLimiter,
  type SharedLimiterOptions,
  sharedLimiter,
  shareOf,
} from './shared-limiter.ts';
export {
  type EnterOptions,
  overloaded,
  type Shedder,
  type ShedderLook,
  type ShedderOptions,
  shedder,
} from './shedder.ts';
export { ABSENT, type Lapsing, type Wheel, wheel, wheelOf } from './wheel.ts';
