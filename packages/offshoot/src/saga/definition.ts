// What is a saga, as data: its steps, its bounds, its endings?
import type { Command, Operation, Schema } from '../contract/index.ts';
import type { Loaded, Needs, SagaSignal, SagaStart, UnitOfWork } from '../store/index.ts';

/** How a running saga is asked to give up: no wait has this name. */
export const CANCEL = 'cancel';

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

/** What happens in the very commit that ends the saga. */
export interface Ending<In, N extends Needs = {}> {
  readonly load?: (given: { readonly input: In; readonly sagaId: string }) => N;
  readonly decide: (given: {
    readonly sagaId: string;
    readonly input: In;
    /** The refusal's code, or the code of what never came to an outcome. */
    readonly reason: string;
    /** Whether somebody asked to cancel while it ran. */
    readonly cancelled: boolean;
    readonly loaded: Loaded<N>;
    readonly at: number;
  }) => Omit<UnitOfWork, 'reply' | 'sagas' | 'signals'>;
}

export interface Endings<In, N extends Needs = {}, M extends Needs = {}> {
  /** In the commit of the last compensation. */
  readonly compensated?: Ending<In, N>;
  /** In the commit of the last step; `reason` is ''. */
  readonly completed?: Ending<In, M>;
}

/** `In` is its input, `W` what its waits hear by name, `R` its results by step. */
export interface SagaDefinition<In = any, W = any, R = any> {
  readonly name: string;
  readonly version: number;
  readonly deadlineMs: number;
  /** How many sagas of this name a service carries at once; undefined = what there is room for. */
  readonly concurrency: number | undefined;
  readonly steps: readonly Step[];
  /** The names of the steps for which something may arrive. */
  readonly awaited: readonly string[];
  /** Index of the pivot; `steps.length` when there is none: then every step can be undone. */
  readonly pivot: number;
  readonly compensated: Ending<any, any> | undefined;
  readonly completed: Ending<any, any> | undefined;
  /** A value for a unit's `sagas`: the saga starts in that unit's commit. */
  start(id: string, input: In): SagaStart;
  /**
   * A value for a unit's `signals`: before the pivot the saga compensates with the reason
   * CANCELLED; after it, it goes on to its end, and its `completed` ending hears of it.
   */
  cancel(id: string): SagaSignal;
  /**
   * A value for a unit's `signals`: what the wait `name` of a running saga waits for. It may come
   * before the saga does; of two the later counts; after the saga's end it is dropped. Data that
   * does not fit the wait is a bug: it throws INTERNAL_ERROR.
   */
  signal<N extends keyof W & string>(
    id: string,
    name: N,
    ...data: W[N] extends null ? [] : [data: W[N]]
  ): SagaSignal;
  /** Only for the type. */
  readonly results?: R;
}
