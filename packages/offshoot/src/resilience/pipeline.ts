// How do all the protections of a call act as one thing, in one order?
import type { Runtime } from '../runtime/index.ts';
import { type Metrics, UNMEASURED } from '../telemetry/index.ts';
import type { Attempt, Endpoint } from './attempt.ts';
import {
  type Breaker,
  type BreakerChange,
  type BreakerLook,
  type BreakerRules,
  breaker,
} from './breaker.ts';
import type { Bulkhead, BulkheadLook } from './bulkhead.ts';
import type { Degradable, Fallback } from './fallback.ts';
import { latency } from './latency.ts';
import type { CallOptions, HedgeRules, PipelineCore } from './pipeline-core.ts';
import { type RetryBudgetLook, type RetryRules, retryBudget } from './retry.ts';
import { asFailure, RunningCall } from './running-call.ts';
import type { Shedder, ShedderLook } from './shedder.ts';
import { wheelOf } from './wheel.ts';

export interface PipelineOptions<E extends Endpoint = Endpoint> {
  /** Whom it calls. */
  readonly name: string;
  readonly runtime: Runtime;
  /** Admission in front of everything. @default nobody is shed */
  readonly shed?: Shedder | undefined;
  /** For the whole call, all attempts and waits included. @default 5000 */
  readonly deadlineMs?: number | undefined;
  /** Around all attempts. @default SERVICE_BREAKER */
  readonly breaker?: BreakerRules | false | undefined;
  /** Two retries, 10 % or one a second, for what may be repeated. @default {} */
  readonly retry?: RetryRules | false | undefined;
  /** Of calls that say `hedged`. @default nobody hedges */
  readonly hedge?: HedgeRules | undefined;
  /** Who does the next attempt, given those who had one; undefined: nobody can. @default one endpoint */
  readonly choose?: ((tried: readonly E[]) => E | undefined) | undefined;
  /** Of the one endpoint, where there is no `choose`. */
  readonly bulkhead?: Bulkhead | undefined;
  /** How long one attempt may take. @default as long as the call */
  readonly attemptMs?: number | undefined;
  /** The failure that an answer stands for, where failures are answers. @default none is */
  readonly failureOf?: ((answer: any) => unknown) | undefined;
  /** Retries that others made below for an answer: they are paid here too. @default none */
  readonly retriedOf?: ((answer: any) => number | undefined) | undefined;
  /** Whether it counts against the callee. @default what is about availability, and no OffshootError */
  readonly isFailure?: ((error: unknown) => boolean) | undefined;
  readonly metrics?: Metrics | undefined;
  /** Told of each change of the breaker around all attempts. */
  readonly onChange?: ((change: BreakerChange) => void) | undefined;
}

export interface PipelineLook {
  readonly name: string;
  readonly calls: number;
  readonly retries: number;
  readonly hedges: number;
  readonly deadlines: number;
  /** What nobody was asked: refused by shed, breaker or bulkhead, or nobody there. */
  readonly refused: number;
  readonly breaker: BreakerLook | undefined;
  readonly budget: RetryBudgetLook | undefined;
  readonly shed: ShedderLook | undefined;
  readonly bulkhead: BulkheadLook | undefined;
  /** After how long a second attempt begins; undefined while too little is known, or nobody hedges. */
  readonly hedgeAfterMs: number | undefined;
}

export interface Pipeline<E extends Endpoint = Endpoint> {
  readonly name: string;
  /** The breaker around all attempts. */
  readonly breaker: Breaker | undefined;
  /** Of the one endpoint. */
  readonly bulkhead: Bulkhead | undefined;
  readonly shed: Shedder | undefined;
  /** Whatever comes out of `task`, or CIRCUIT_OPEN, OVERLOADED, NO_HEALTHY_INSTANCE, DEADLINE_EXCEEDED. */
  run<T>(task: (attempt: Attempt<E>) => Promise<T>, options?: CallOptions): Promise<T>;
  /** The same with a stand-in for what cannot be had: the outermost of all. */
  runOr<T>(
    standIn: Fallback<T>,
    key: string,
    task: (attempt: Attempt<E>) => Promise<T>,
    options?: CallOptions,
  ): Promise<Degradable<T>>;
  look(): PipelineLook;
}

/**
 * A service is left alone when half of its calls fail; one endpoint by seven failures in a row. It
 * is probed every two or three seconds, however long it is away: goodput has to be back soon after.
 */
export const SERVICE_BREAKER: BreakerRules = Object.freeze({
  failuresMax: Number.POSITIVE_INFINITY,
  failureRate: Object.freeze({ percent: 50, callsMin: 20, windowMs: 10_000 }),
  openMs: 1_000,
  openMsMax: 2_000,
});

export const DEADLINE_MS = 5_000;

const NONE: CallOptions = Object.freeze({});
const CHANGES = 'offshoot_breaker_changes_total';
const OPEN = 'offshoot_breaker_open';

/**
 * fallback( shed → deadline → breaker → hedge, retry with budget → [ choose an endpoint → its
 * breaker → its bulkhead → attempt timeout ] ): one object, which is asked once before a call and
 * told once after it. All that decides is synchronous; a call that succeeds has one promise, no
 * timer of its own and two looks at the clock.
 *
 * @example
 * const users = pipeline({ name: 'users', runtime: nodeRuntime() });
 * const user = await users.run(async () => ({ id: 'u1' }), { repeatable: true });
 */
export function pipeline<E extends Endpoint = Endpoint>(options: PipelineOptions<E>): Pipeline<E> {
  const { name, runtime, shed, hedge, metrics = UNMEASURED, retry = {} } = options;
  const clock = () => runtime.monotonic();
  const rules = options.breaker ?? SERVICE_BREAKER;
  const guard =
    rules === false
      ? undefined
      : breaker({
          ...{ name, clock, ...rules, random: () => runtime.random() },
          onChange(change) {
            const { to } = change;
            metrics.count(CHANGES, { breaker: name, to });
            metrics.gauge(OPEN, to === 'closed' ? 0 : 1, { breaker: name });
            options.onChange?.(change);
          },
        });
  // Written out: an object made of others' spreads is slower to read, and each call reads it.
  const core: PipelineCore = {
    name,
    runtime,
    wheel: wheelOf(runtime),
    shed,
    breaker: guard,
    retry: retry === false ? undefined : retry,
    budget: retryBudget(retry === false ? {} : retry.budget),
    hedge,
    usual: hedge && latency(hedge.share === undefined ? {} : { share: hedge.share }),
    choose: options.choose as PipelineCore['choose'],
    own: { name, bulkhead: options.bulkhead },
    deadlineMs: options.deadlineMs ?? DEADLINE_MS,
    attemptMs: options.attemptMs ?? Number.POSITIVE_INFINITY,
    failureOf: options.failureOf,
    retriedOf: options.retriedOf,
    isFailure: options.isFailure ?? asFailure,
    metrics,
    calls: 0,
    retries: 0,
    hedges: 0,
    deadlines: 0,
    refused: 0,
  };
  const run = <T>(task: (attempt: Attempt<E>) => Promise<T>, asked: CallOptions = NONE) =>
    new RunningCall<T>(core, task as (attempt: Attempt<any>) => Promise<T>, asked).begin();
  return {
    name,
    breaker: guard,
    bulkhead: options.bulkhead,
    shed,
    run,
    runOr: (standIn, key, task, asked) => standIn(key, () => run(task, asked)),
    look: () => ({
      ...{ name, calls: core.calls, retries: core.retries, hedges: core.hedges },
      ...{ deadlines: core.deadlines, refused: core.refused },
      breaker: guard?.look(),
      budget: core.retry && core.budget.look(clock()),
      shed: shed?.look(),
      bulkhead: options.bulkhead?.look(),
      hedgeAfterMs: core.usual?.ms,
    }),
  };
}
