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
export { type Circuit, type CircuitEvent, type CircuitOptions, circuit } from './circuit.ts';
export { classic, classicPercentage } from './classic.ts';
export { type Deadline, deadline, inTime } from './deadline.ts';
export { type Degradable, type Fallback, type FallbackOptions, fallback } from './fallback.ts';
export { gcra, type Limiter, type LimiterOptions, type Quota, type Verdict } from './gcra.ts';
export { type ConcurrencyLimit, fixed, type GradientOptions, gradient } from './gradient.ts';
export { type Latency, type LatencyOptions, latency } from './latency.ts';
export { type LoopLag, loopLag } from './loop-lag.ts';
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
  type EnterOptions,
  type Shedder,
  type ShedderLook,
  type ShedderOptions,
  shedder,
} from './shedder.ts';
export { ABSENT, type Lapsing, type Wheel, wheel, wheelOf } from './wheel.ts';
