// What does a handler decide, as a value that a test can look at?
import type { EventValue } from '../contract/index.ts';
import type { DocumentChange } from './collection.ts';

export interface Append {
  readonly stream: string;
  readonly events: readonly EventValue[];
  /** The version the stream must have now; 0 = must not exist; undefined = whatever it is. */
  readonly expected: number | undefined;
}

/** Starts a saga in the same commit: made by `definition.start(id, input)`. */
export interface SagaStart {
  readonly saga: string;
  readonly version: number;
  readonly id: string;
  readonly input: unknown;
}

/** Tells a running saga something in the same commit: `definition.cancel(id)` or `.signal(…)`. */
export interface SagaSignal {
  readonly saga: string;
  readonly id: string;
  /** `cancel`, or the name of a wait. */
  readonly signal: string;
  readonly data?: unknown;
}

/** Wakes the service's timer `name` at `due`, once in effect. */
export interface TimerRequest {
  readonly name: string;
  /** With `name` and `due` what makes it one: the same three are the same timer. */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly due: number;
}

/** An item for a queue, in the same commit: made by `queue.send(id, input)`. */
export interface WorkRequest {
  readonly queue: string;
  readonly id: string;
  readonly input: unknown;
}

/**
 * Everything one decision changes, committed whole or not at all.
 *
 * @example
 * const unit: UnitOfWork<{ orderId: string }> = {
 *   appends: [append(`order/${id}`, [created], 0)],
 *   reply: { orderId: id },
 * };
 */
export interface UnitOfWork<Reply = unknown> {
  readonly appends?: readonly Append[];
  readonly documents?: readonly DocumentChange[];
  readonly sagas?: readonly SagaStart[];
  readonly signals?: readonly SagaSignal[];
  readonly timers?: readonly TimerRequest[];
  readonly work?: readonly WorkRequest[];
  readonly reply: Reply;
}

/** Events for a stream, with the version it must have now. */
export function append(stream: string, events: readonly EventValue[], expected?: number): Append {
  return { stream, events, expected };
}

/** A fact of this service alone: stored in the log, never published. */
export function privateEvent(type: string, data: unknown, key = ''): EventValue {
  return { type, schema: 1, public: false, key, data };
}
