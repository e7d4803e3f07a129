// What is one attempt at a call, and who does it?
import type { Runtime } from '../runtime/index.ts';
import type { Breaker, CallOutcome } from './breaker.ts';
import type { Bulkhead } from './bulkhead.ts';

/** One of those who can do it. A balancer makes them; what it carries guards it alone. */
export interface Endpoint {
  readonly name: string;
  readonly breaker?: Breaker | undefined;
  /** In a pipeline nobody waits at a bulkhead: one without room is passed over. */
  readonly bulkhead?: Bulkhead | undefined;
}

/** One attempt, as its task sees it. */
export interface Attempt<E extends Endpoint = Endpoint> {
  /** Counted from 1. Above 1 what it asks others is not tried again by them. */
  readonly number: number;
  readonly endpoint: E;
  /** Milliseconds until nobody waits for this attempt any more. */
  remainingMs(): number;
  /** Aborts when it is out of time, or another attempt was faster. Made when it is asked for. */
  readonly signal: AbortSignal;
}

/** The call that an attempt belongs to, as far as the attempt needs it. */
export interface AttemptOf {
  readonly untilMs: number;
  readonly core: { readonly runtime: Pick<Runtime, 'monotonic'>; readonly attemptMs: number };
}

/** One attempt of a call. A class, so that what is seldom asked for costs nothing. */
export class RunningAttempt implements Attempt {
  isOver = false;
  #isAborted = false;
  readonly #call: AttemptOf;
  readonly number: number;
  readonly endpoint: Endpoint;
  readonly permit: number;
  readonly sinceMs: number;
  #abort: AbortController | undefined = undefined;

  constructor(
    call: AttemptOf,
    number: number,
    endpoint: Endpoint,
    permit: number,
    sinceMs: number,
  ) {
    this.#call = call;
    this.number = number;
    this.endpoint = endpoint;
    this.permit = permit;
    this.sinceMs = sinceMs;
  }

  remainingMs(): number {
    const { core, untilMs } = this.#call;
    const end = Math.min(untilMs, this.sinceMs + core.attemptMs);
    return Math.max(0, end - core.runtime.monotonic());
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#isAborted) this.#abort.abort();
    return this.#abort.signal;
  }

  /** Its endpoint learns how it ended; nobody waits for it any more. */
  end(outcome: CallOutcome, nowMs: number): void {
    const { breaker, bulkhead } = this.endpoint;
    this.isOver = true;
    breaker?.leave(this.permit, outcome, nowMs, nowMs - this.sinceMs);
    bulkhead?.leave();
  }

  abort(): void {
    this.#isAborted = true;
    this.#abort?.abort();
  }
}
