// What becomes of one call of a pipeline, from its admission to its end?
import { isAvailability, OffshootError } from '../error/index.ts';
import { type Attempt, type Endpoint, RunningAttempt } from './attempt.ts';
import { type CallOutcome, circuitOpen, REFUSED } from './breaker.ts';
import { notNow } from './not-now.ts';
import type { CallOptions, PipelineCore } from './pipeline-core.ts';
import { asRetried, backoffMs, isRetryable, type RetryRules, retriedBelow } from './retry.ts';
import { overloaded } from './shedder.ts';
import { ABSENT, type Lapsing } from './wheel.ts';

/** A call with less time left is not begun: it could not even get there. */
const REMAINING_MS_MIN = 2;
/** Endpoints that one attempt may find closed or full before it gives up. */
const CHOICES_MAX = 4;
const NEVER = Number.POSITIVE_INFINITY;
const RETRIES_MAX = 2;
/** So much longer than the wheel may be late. */
const AWAKE_MS = 20;
const HEDGE_MS_MIN = 5;
const RETRIES = 'offshoot_retries_total';
const REFUSALS = 'offshoot_calls_refused_total';

/** Whoever says so is well: it has much to do, or leaves somebody else alone. */
const WELL: ReadonlySet<string> = new Set([
  'OVERLOADED',
  'RATE_LIMITED',
  'OUTCOME_PENDING',
  'CIRCUIT_OPEN',
]);

/**
 * Availability, and whatever is not ours. A contract's refusal or a bad input blames nobody; and a
 * callee that sheds must not be cut off for it, or the critical calls that it serves are lost too.
 */
export const asFailure = (error: unknown): boolean =>
  !(error instanceof OffshootError) ||
  error.code === 'INTERNAL_ERROR' ||
  (isAvailability(error.code) && !WELL.has(error.code));

const exceeded = (name: string) =>
  notNow('DEADLINE_EXCEEDED', `${name} took too long; it may still have happened`);

/** What only a call knows that retries, hedges, has endpoints to choose from, or can be given up. */
class Rare {
  retries = 0;
  waitedMs = 0;
  retryMs = NEVER;
  hedgeMs = NEVER;
  second: RunningAttempt | undefined = undefined;
  readonly tried: Endpoint[] = [];
  onAbort: (() => void) | undefined = undefined;
}

/**
 * At most two attempts run at once, the second being a hedge. The call itself is the one entry on
 * the wheel, for whatever is due next: its deadline, an attempt's, the next retry, or the hedge.
 */
export class RunningCall<T> implements Lapsing {
  dueMs = 0;
  slot = ABSENT;
  previous: Lapsing | undefined = undefined;
  next: Lapsing | undefined = undefined;
  readonly core: PipelineCore;
  untilMs = 0;
  readonly #task: (attempt: Attempt<any>) => Promise<T>;
  readonly #options: CallOptions;
  #resolve!: (value: T) => void;
  #reject!: (error: unknown) => void;
  #sinceMs = 0;
  #permit = 0;
  #isIn = false;
  #isOver = false;
  #attempts = 0;
  #first: RunningAttempt | undefined = undefined;
  /** Made when it is needed: most calls never do. */
  #rare: Rare | undefined = undefined;

  constructor(
    core: PipelineCore,
    task: (attempt: Attempt<any>) => Promise<T>,
    options: CallOptions,
  ) {
    this.core = core;
    this.#task = task;
    this.#options = options;
  }

  begin(): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#enter();
    });
  }

  /** Its time has come for something: the wheel says so. */
  lapse(nowMs: number): void {
    const rare = this.#rare;
    if (nowMs >= this.untilMs) {
      this.core.deadlines += 1;
      this.#end('failure', exceeded(this.core.name), undefined, nowMs);
      return;
    }
    for (const attempt of [this.#first, rare?.second])
      if (attempt && nowMs >= this.#untilOf(attempt)) {
        attempt.abort();
        this.#failed(attempt, exceeded(attempt.endpoint.name), nowMs);
      }
    if (rare && nowMs >= rare.retryMs) {
      rare.retryMs = NEVER;
      this.#attempt(nowMs);
    }
    if (rare && nowMs >= rare.hedgeMs) this.#hedge(rare, nowMs);
    this.#wait(nowMs);
  }

  #enter(): void {
    const { core } = this;
    const { remainingMs, signal, criticality = 'default' } = this.#options;
    const nowMs = core.runtime.monotonic();
    const wholeMs =
      remainingMs !== undefined && remainingMs < core.deadlineMs ? remainingMs : core.deadlineMs;
    core.calls += 1;
    this.untilMs = nowMs + wholeMs;
    if (wholeMs < REMAINING_MS_MIN) return void this.#refuse(exceeded(core.name), 'deadline');
    if (signal && !this.#heed(signal)) return;
    const entered = core.shed ? core.shed.enter(criticality, wholeMs, nowMs) : true;
    if (entered === true) this.#admit(nowMs);
    else if (entered === false) this.#refuse(overloaded(core.name), 'shed');
    else
      void entered.then((isIn) => {
        if (isIn) this.#admit(core.runtime.monotonic());
        else this.#refuse(overloaded(core.name), 'shed');
      });
  }

  /** Shed has let it in. */
  #admit(nowMs: number): void {
    const { core } = this;
    this.#isIn = true;
    this.#sinceMs = nowMs;
    if (this.#isOver) return void this.#leave(nowMs); // its caller went away while it waited
    if (core.breaker) {
      this.#permit = core.breaker.enter(nowMs);
      if (this.#permit === REFUSED) {
        this.#refuse(circuitOpen(core.name, core.breaker.look().probeInMs), 'breaker');
        return void this.#leave(nowMs);
      }
    }
    core.budget.earn(nowMs);
    if (core.usual !== undefined && this.#options.hedged && core.usual.ms !== undefined) {
      this.#rare ??= new Rare();
      this.#rare.hedgeMs = nowMs + Math.max(core.usual.ms, core.hedge?.afterMsMin ?? HEDGE_MS_MIN);
    }
    this.#attempt(nowMs);
    this.#wait(nowMs);
  }

  #untilOf(attempt: RunningAttempt): number {
    return Math.min(this.untilMs, attempt.sinceMs + this.core.attemptMs);
  }

  /** Puts it on the wheel, for whatever is due first, unless it is over or there. */
  #wait(nowMs: number): void {
    if (this.#isOver || this.slot !== ABSENT) return;
    const rare = this.#rare;
    let dueMs = this.untilMs;
    if (this.#first) dueMs = Math.min(dueMs, this.#first.sinceMs + this.core.attemptMs);
    if (rare) {
      dueMs = Math.min(dueMs, rare.retryMs, rare.hedgeMs);
      if (rare.second) dueMs = Math.min(dueMs, this.#untilOf(rare.second));
    }
    this.core.wheel.add(this, dueMs, nowMs);
  }

  /** Who does it, having room and not being left alone; else why there is nobody. */
  #open(nowMs: number): RunningAttempt | OffshootError {
    const { choose, own } = this.core;
    if (!choose) return this.#openAt(own, nowMs);
    this.#rare ??= new Rare();
    const { tried } = this.#rare;
    let refusal: OffshootError | undefined;
    for (let choice = 0; choice < CHOICES_MAX; choice += 1) {
      const endpoint = choose(tried);
      if (!endpoint) break;
      tried.push(endpoint);
      const opened = this.#openAt(endpoint, nowMs);
      if (opened instanceof RunningAttempt) return opened;
      refusal = opened;
    }
    if (refusal) return refusal;
    const text = `${this.core.name} has no instance that could be asked; try later`;
    return notNow('NO_HEALTHY_INSTANCE', text);
  }

  #openAt(endpoint: Endpoint, nowMs: number): RunningAttempt | OffshootError {
    const { breaker, bulkhead, name } = endpoint;
    const permit = breaker === undefined ? 0 : breaker.enter(nowMs);
    if (permit === REFUSED) return circuitOpen(name, breaker!.look().probeInMs);
    if (bulkhead !== undefined && !bulkhead.tryEnter()) {
      breaker?.leave(permit, 'unknown', nowMs, 0);
      return overloaded(name);
    }
    return new RunningAttempt(this, this.#attempts + 1, endpoint, permit, nowMs);
  }

  #attempt(nowMs: number): void {
    const attempt = this.#open(nowMs);
    if (attempt instanceof OffshootError) return void this.#unasked(attempt, nowMs);
    this.#attempts += 1;
    if (this.#first) this.#rare!.second = attempt;
    else this.#first = attempt;
    try {
      this.#task(attempt).then(
        (value) => this.#answered(attempt, value),
        (error: unknown) => this.#threw(attempt, error),
      );
    } catch (error) {
      this.#failed(attempt, error, this.core.runtime.monotonic());
    }
  }

  /** A hedge is a retry that does not wait for the failure: it is paid for by the same budget. */
  #hedge(rare: Rare, nowMs: number): void {
    const { core } = this;
    rare.hedgeMs = NEVER;
    if (!this.#first || rare.second || (this.#options.attempt ?? 1) > 1) return;
    if (!core.budget.spend(nowMs)) return;
    core.hedges += 1;
    core.metrics.count(RETRIES, { target: core.name, kind: 'hedge' });
    this.#attempt(nowMs);
  }

  #answered(attempt: RunningAttempt, value: T): void {
    if (attempt.isOver) return;
    const { core } = this;
    const nowMs = core.runtime.monotonic();
    const failure = core.failureOf?.(value);
    if (failure !== undefined) return void this.#failed(attempt, failure, nowMs);
    const retried = core.retriedOf?.(value);
    if (retried) core.budget.charge(nowMs, retried);
    attempt.end('success', nowMs);
    core.usual?.add(nowMs - attempt.sinceMs);
    this.#end('success', undefined, value, nowMs);
  }

  #threw(attempt: RunningAttempt, error: unknown): void {
    if (!attempt.isOver) this.#failed(attempt, error, this.core.runtime.monotonic());
  }

  #failed(attempt: RunningAttempt, error: unknown, nowMs: number): void {
    const outcome = this.core.isFailure(error) ? 'failure' : 'success';
    const rare = this.#rare;
    const retried = retriedBelow(error);
    if (retried) this.core.budget.charge(nowMs, retried);
    attempt.end(outcome, nowMs);
    if (attempt === this.#first) this.#first = rare?.second;
    if (rare) rare.second = undefined;
    this.#judge(outcome, error, nowMs);
  }

  /** Nobody was asked: nobody learns anything from it. */
  #unasked(error: OffshootError, nowMs: number): void {
    const { core } = this;
    core.refused += 1;
    core.metrics.count(REFUSALS, { target: core.name, reason: error.code });
    this.#judge('unknown', error, nowMs);
  }

  /** After a failure: another attempt, or the end. */
  #judge(outcome: CallOutcome, error: unknown, nowMs: number): void {
    if (this.#first) return; // the other attempt may still make it
    const { core } = this;
    const { repeatable = false, attempt = 1 } = this.#options;
    const isOurs = core.retry !== undefined && repeatable && attempt <= 1 && isRetryable(error);
    if (!isOurs) return void this.#end(outcome, error, undefined, nowMs);
    this.#rare ??= new Rare();
    if (this.#isTriedAgain(this.#rare, core.retry, error, nowMs)) return;
    const { retries } = this.#rare;
    const marked = error instanceof OffshootError ? asRetried(error, retries) : error;
    this.#end(outcome, marked, undefined, nowMs);
  }

  #isTriedAgain(rare: Rare, rules: RetryRules, error: unknown, nowMs: number): boolean {
    const { core } = this;
    const { retriesMax = RETRIES_MAX } = rules;
    if (rare.retries >= retriesMax) return false;
    rare.waitedMs = backoffMs(rules, rare.waitedMs, () => core.runtime.random(), error);
    const atMs = nowMs + rare.waitedMs;
    if (atMs + REMAINING_MS_MIN >= this.untilMs || !core.budget.spend(nowMs)) return false;
    // The wheel's timer lets a process end, which must not happen while a caller waits for a retry.
    void core.runtime.sleep(rare.waitedMs + AWAKE_MS);
    rare.retries += 1;
    rare.retryMs = atMs;
    core.retries += 1;
    core.metrics.count(RETRIES, { target: core.name, kind: 'retry' });
    core.wheel.remove(this);
    this.#wait(nowMs);
    return true;
  }

  #end(outcome: CallOutcome, error: unknown, value: T | undefined, nowMs: number): void {
    if (this.#isOver) return;
    const { core } = this;
    const rare = this.#rare;
    this.#isOver = true;
    core.wheel.remove(this);
    this.#stop(this.#first, outcome, nowMs);
    if (rare) this.#stop(rare.second, outcome, nowMs);
    core.breaker?.leave(this.#permit, outcome, nowMs, nowMs - this.#sinceMs);
    this.#leave(nowMs);
    this.#unheed();
    if (outcome === 'success' && error === undefined) this.#resolve(value as T);
    else this.#reject(error);
  }

  /** An attempt that nobody waits for: the slower of two, or out of time. */
  #stop(attempt: RunningAttempt | undefined, outcome: CallOutcome, nowMs: number): void {
    if (attempt === undefined || attempt.isOver) return;
    attempt.end(outcome === 'failure' ? 'failure' : 'unknown', nowMs);
    attempt.abort();
  }

  #leave(nowMs: number): void {
    if (this.#isIn) this.core.shed?.leave(nowMs - this.#sinceMs, nowMs);
    this.#isIn = false;
  }

  /** It ends before anybody was asked. */
  #refuse(error: unknown, reason: string): void {
    if (this.#isOver) return;
    const { core } = this;
    this.#isOver = true;
    core.refused += 1;
    core.metrics.count(REFUSALS, { target: core.name, reason });
    this.#unheed();
    this.#reject(error);
  }

  /** False when the caller has gone already. */
  #heed(signal: AbortSignal): boolean {
    const give = (): void => {
      if (this.#isIn) this.#end('unknown', signal.reason, undefined, this.core.runtime.monotonic());
      else this.#refuse(signal.reason, 'aborted');
    };
    if (signal.aborted) give();
    else {
      this.#rare ??= new Rare();
      this.#rare.onAbort = give;
      signal.addEventListener('abort', give, { once: true });
    }
    return !signal.aborted;
  }

  #unheed(): void {
    const onAbort = this.#rare?.onAbort;
    if (onAbort) this.#options.signal?.removeEventListener('abort', onAbort);
  }
}
