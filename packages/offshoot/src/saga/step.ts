// What kinds of steps does a saga have, as the engine sees them?
import type { Command, Operation, Schema } from '../contract/index.ts';
import type { SagaDefinition } from './definition.ts';

/** What a step's `input` is made from. */
export interface Given<In, Results> {
  readonly sagaId: string;
  readonly input: In;
  readonly results: Results;
}

export interface Compensation {
  readonly operation: Command<any, any, any>;
  readonly input: (given: Given<any, any>) => unknown;
}

/** Bounds of one step. */
export interface StepBounds {
  /**
   * From when the step may first be sent to its outcome, milliseconds. Then, before the pivot, the
   * saga compensates, this step included; from the pivot on it pauses for a person.
   * @default none but the saga's own
   */
  readonly deadlineMs?: number;
  /**
   * How long the callee, and whatever it asks outside, remembers the step's key, milliseconds. A
   * step older than that is never sent again: it pauses as OUTCOME_UNKNOWN.
   * @default 90 days, the most; on the saga's own service for ever
   */
  readonly remembersMs?: number;
}

/** Calls an operation. */
export interface CallStep extends StepBounds {
  readonly kind: 'call';
  readonly name: string;
  readonly operation: Operation<any, any, any, any>;
  readonly input: (given: Given<any, any>) => unknown;
  readonly compensate: Compensation | undefined;
}

/** Waits for a time. */
export interface SleepStep {
  readonly kind: 'sleep';
  readonly name: string;
  readonly ms: (given: Given<any, any>) => number;
  readonly compensate: undefined;
}

/** Waits for somebody to say something. */
export interface WaitStep {
  readonly kind: 'wait';
  readonly name: string;
  readonly timeoutMs: number;
  /** Undefined when the signal carries nothing. */
  readonly data: Schema | undefined;
  readonly compensate: undefined;
}

/** Starts another saga and waits for its end. */
export interface ChildStep {
  readonly kind: 'child';
  readonly name: string;
  readonly definition: SagaDefinition;
  readonly id: (given: Given<any, any>) => string;
  readonly input: (given: Given<any, any>) => unknown;
  readonly compensate: Compensation | undefined;
}

export type Step = CallStep | SleepStep | WaitStep | ChildStep;

/** Whether something may arrive for a step that waits. */
export const isAwaited = (step: Step): boolean => step.kind === 'wait' || step.kind === 'child';
