// How is a saga written, so that a missing compensation or a second pivot does not compile?
import type {
  Command,
  InputFor,
  InputOf,
  Operation,
  OutputOf,
  Query,
  ResultFor,
  Schema,
} from '../contract/index.ts';
import { badDefinition } from '../error/index.ts';
import type { Loaded, Needs, SagaSignal, SagaStart, UnitOfWork } from '../store/index.ts';

type AnyCommand = Command<any, any, any>;
type AnyQuery = Query<any, any, any>;

/** What a step's `input` is made from. */
export interface Given<In, Results> {
  readonly sagaId: string;
  readonly input: In;
  readonly results: Results;
}

export interface Compensation {
  readonly operation: AnyCommand;
  readonly input: (given: Given<any, any>) => unknown;
}

/** One step, as the engine sees it. */
export interface Step {
  readonly name: string;
  readonly operation: Operation<any, any, any, any>;
  readonly input: (given: Given<any, any>) => unknown;
  readonly compensate: Compensation | undefined;
}

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

export interface SagaDefinition<In = any> {
  readonly name: string;
  readonly version: number;
  readonly deadlineMs: number;
  readonly steps: readonly Step[];
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
}

export interface Endings<In, N extends Needs = {}, M extends Needs = {}> {
  /** In the commit of the last compensation. */
  readonly compensated?: Ending<In, N>;
  /** In the commit of the last step; `reason` is ''. */
  readonly completed?: Ending<In, M>;
}

type Input<Op, In, R> = { readonly input: (given: Given<In, R>) => InputFor<Op> };
type Undo<In, R> = {
  readonly compensate: Compensation & { readonly input: (given: Given<In, R>) => unknown };
};

/** Steps before the pivot: each command says how it is undone. */
export interface BeforePivot<In, R> {
  step<const N extends string, Op extends AnyCommand>(
    name: N,
    operation: Op,
    options: Input<Op, In, R> & Undo<In, R & Partial<Record<N, ResultFor<Op>>>>,
  ): BeforePivot<In, R & Record<N, ResultFor<Op>>>;
  step<const N extends string, Op extends AnyQuery>(
    name: N,
    operation: Op,
    options: Input<Op, In, R> & { readonly compensate?: never },
  ): BeforePivot<In, R & Record<N, ResultFor<Op>>>;
  /** The point of no return: from its first attempt on the saga only goes forward. */
  pivot<const N extends string, Op extends AnyCommand>(
    name: N,
    operation: Op,
    options: Input<Op, In, R> & { readonly compensate?: never },
  ): AfterPivot<In, R & Record<N, ResultFor<Op>>>;
  end<N extends Needs = {}>(endings?: { readonly compensated?: Ending<In, N> }): SagaDefinition<In>;
}

/** Steps after the pivot: nothing is undone any more. */
export interface AfterPivot<In, R> {
  step<const N extends string, Op extends AnyCommand | AnyQuery>(
    name: N,
    operation: Op,
    options: Input<Op, In, R> & { readonly compensate?: never },
  ): AfterPivot<In, R & Record<N, ResultFor<Op>>>;
  end<N extends Needs = {}, M extends Needs = {}>(endings?: Endings<In, N, M>): SagaDefinition<In>;
}

/** How a step is undone: `compensation(inventory.release, ({ input }) => …)`. */
export function compensation<Op extends AnyCommand, In, R>(
  operation: Op,
  input: (given: Given<In, R>) => InputFor<Op>,
): Compensation & { readonly input: (given: Given<In, R>) => InputFor<Op> } {
  return { operation, input };
}

export interface SagaOptions<S extends Schema> {
  /** Pinned to running sagas: a change of steps is a new version. */
  readonly version: number;
  readonly input: S;
  /** From start to the pivot; then it compensates. Milliseconds. @default 600000 */
  readonly deadlineMs?: number;
}

export const SAGA_DEADLINE_MS_DEFAULT = 600_000;

/**
 * Declares a saga: `saga('checkout', { version, input }).step(…).pivot(…).step(…).end()`.
 * Source of the shape: Garcia-Molina and Salem, Sagas, 1987; pivot: Richardson, 2018.
 */
export function saga<S extends Schema>(
  name: string,
  options: SagaOptions<S>,
): BeforePivot<OutputOf<S>, {}> {
  const steps: Step[] = [];
  let pivot: number | undefined;
  const add = (
    step: string,
    operation: Operation<any, any, any, any>,
    given: any,
    isPivot: boolean,
  ) => {
    if (steps.some((one) => one.name === step))
      badDefinition(`saga ${name} has two steps '${step}'`);
    if (isPivot) pivot = steps.length;
    steps.push({ name: step, operation, input: given.input, compensate: given.compensate });
    return builder;
  };
  const builder = {
    step: (step: string, operation: Operation<any, any, any, any>, given: any) =>
      add(step, operation, given, false),
    pivot: (step: string, operation: Operation<any, any, any, any>, given: any) =>
      add(step, operation, given, true),
    end: (endings: Endings<any, any, any> = {}): SagaDefinition => {
      if (steps.length === 0) badDefinition(`saga ${name} has no steps`);
      return Object.freeze({
        name,
        version: options.version,
        deadlineMs: options.deadlineMs ?? SAGA_DEADLINE_MS_DEFAULT,
        steps: Object.freeze([...steps]),
        pivot: pivot ?? steps.length,
        compensated: endings.compensated,
        completed: endings.completed,
        cancel: (id: string): SagaSignal => ({ saga: name, id, signal: 'cancel' }),
        start: (id: string, input: InputOf<S>): SagaStart => ({
          saga: name,
          version: options.version,
          id,
          input,
        }),
      });
    },
  };
  return builder as unknown as BeforePivot<OutputOf<S>, {}>;
}
