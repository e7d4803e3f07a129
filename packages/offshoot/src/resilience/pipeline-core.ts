// What does each call bring, and what do all calls of a pipeline share?
import type { Criticality } from '../contract/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Metrics } from '../telemetry/index.ts';
import type { Endpoint } from './attempt.ts';
import type { Breaker } from './breaker.ts';
import type { Latency } from './latency.ts';
import type { RetryBudget, RetryRules } from './retry.ts';
import type { Shedder } from './shedder.ts';
import type { Wheel } from './wheel.ts';

export interface CallOptions {
  /** What the caller has left; the shorter of it and `deadlineMs` counts. */
  readonly remainingMs?: number | undefined;
  /** That it may be made twice. Nothing else is ever retried. @default false */
  readonly repeatable?: boolean | undefined;
  /** That it may be made twice at once: queries only. @default false */
  readonly hedged?: boolean | undefined;
  /** Which attempt of somebody above it serves; above 1 it is not retried. @default 1 */
  readonly attempt?: number | undefined;
  /** @default 'default' */
  readonly criticality?: Criticality | undefined;
  /** The caller goes away: the call ends, and nobody is blamed. */
  readonly signal?: AbortSignal | undefined;
}

export interface HedgeRules {
  /** A second attempt begins when the first takes longer than so many of all. @default 0.95 */
  readonly share?: number;
  /** But not before. @default 5 */
  readonly afterMsMin?: number;
}

/** What all calls of a pipeline share. */
export interface PipelineCore {
  readonly name: string;
  readonly runtime: Runtime;
  readonly wheel: Wheel;
  readonly shed: Shedder | undefined;
  readonly breaker: Breaker | undefined;
  readonly retry: RetryRules | undefined;
  readonly budget: RetryBudget;
  readonly hedge: HedgeRules | undefined;
  readonly usual: Latency | undefined;
  readonly choose: ((tried: readonly Endpoint[]) => Endpoint | undefined) | undefined;
  readonly own: Endpoint;
  readonly deadlineMs: number;
  readonly attemptMs: number;
  readonly failureOf: ((answer: any) => unknown) | undefined;
  readonly retriedOf: ((answer: any) => number | undefined) | undefined;
  readonly isFailure: (error: unknown) => boolean;
  readonly metrics: Metrics;
  calls: number;
  retries: number;
  hedges: number;
  deadlines: number;
  refused: number;
}
