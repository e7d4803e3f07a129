// Which order of steps compiles? The two halves of a saga, before and after the pivot, as types.
import type {
  Command,
  InputFor,
  InputOf,
  OutputOf,
  Query,
  ResultFor,
  Schema,
} from '../contract/index.ts';
import type { Needs } from '../store/index.ts';
import type {
  Compensation,
  Ending,
  Endings,
  Given,
  SagaDefinition,
  StepBounds,
} from './definition.ts';

type AnyCommand = Command<any, any, any>;
type AnyQuery = Query<any, any, any>;
type Input<Op, In, R> = StepBounds & { readonly input: (given: Given<In, R>) => InputFor<Op> };
type Undo<In, R> = {
  readonly compensate: Compensation & { readonly input: (given: Given<In, R>) => unknown };
};
type NoUndo = { readonly compensate?: never };
/** Milliseconds, or how to reckon them. */
type Sleep<In, R> = number | ((given: Given<In, R>) => number);

export interface Wait<S extends Schema | undefined> {
  /** Milliseconds: every wait has an end. */
  readonly timeoutMs: number;
  /** What the signal carries. @default nothing */
  readonly data?: S;
}

type Heard<S> = S extends Schema ? OutputOf<S> : null;
type Said<S> = S extends Schema ? InputOf<S> : null;

export interface Child<C, In, R> {
  /** @default the saga's id, a dot, and the step's name */
  readonly id?: (given: Given<In, R>) => string;
  readonly input: (given: Given<In, R>) => C;
}

/** Steps before the pivot: each command says how it is undone. */
export interface BeforePivot<In, R, W = {}> {
  step<const N extends string, Op extends AnyCommand>(
    name: N,
    operation: Op,
    options: Input<Op, In, R> & Undo<In, R & Partial<Record<N, ResultFor<Op>>>>,
  ): BeforePivot<In, R & Record<N, ResultFor<Op>>, W>;
  step<const N extends string, Op extends AnyQuery>(
    name: N,
    operation: Op,
    options: Input<Op, In, R> & NoUndo,
  ): BeforePivot<In, R & Record<N, ResultFor<Op>>, W>;
  /** Waits durably: no place is held, and a crash changes nothing of the time. */
  sleep<const N extends string>(name: N, ms: Sleep<In, R>): BeforePivot<In, R, W>;
  /** Waits for `definition.signal(id, name)`. In vain: the saga compensates, reason TIMED_OUT. */
  wait<const N extends string, S extends Schema | undefined = undefined>(
    name: N,
    options: Wait<S>,
  ): BeforePivot<In, R & Record<N, Heard<S>>, W & Record<N, Said<S>>>;
  /**
   * Starts a saga of the same service in the commit that comes to this step, and waits for its
   * end. Its results are the step's; compensated, it is a refusal of the step with its reason. A
   * cancel, or this saga's deadline, is passed down to it.
   */
  child<const N extends string, C, CR>(
    name: N,
    definition: SagaDefinition<C, any, CR>,
    options: Child<C, In, R> & Undo<In, R & Partial<Record<N, CR>>>,
  ): BeforePivot<In, R & Record<N, CR>, W>;
  /** The point of no return: from its first attempt on the saga only goes forward. */
  pivot<const N extends string, Op extends AnyCommand>(
    name: N,
    operation: Op,
    options: Input<Op, In, R> & NoUndo,
  ): AfterPivot<In, R & Record<N, ResultFor<Op>>, W>;
  end<N extends Needs = {}>(endings?: {
    readonly compensated?: Ending<In, N>;
  }): SagaDefinition<In, W, R>;
}

/** Steps after the pivot: nothing is undone any more. */
export interface AfterPivot<In, R, W = {}> {
  step<const N extends string, Op extends AnyCommand | AnyQuery>(
    name: N,
    operation: Op,
    options: Input<Op, In, R> & NoUndo,
  ): AfterPivot<In, R & Record<N, ResultFor<Op>>, W>;
  /** Waits durably: no place is held, and a crash changes nothing of the time. */
  sleep<const N extends string>(name: N, ms: Sleep<In, R>): AfterPivot<In, R, W>;
  /** Waits for `definition.signal(id, name)`. In vain: it goes on, the result is null. */
  wait<const N extends string, S extends Schema | undefined = undefined>(
    name: N,
    options: Wait<S>,
  ): AfterPivot<In, R & Record<N, Heard<S> | null>, W & Record<N, Said<S>>>;
  /** As before the pivot; a child that was compensated pauses this saga for a person. */
  child<const N extends string, C, CR>(
    name: N,
    definition: SagaDefinition<C, any, CR>,
    options: Child<C, In, R> & NoUndo,
  ): AfterPivot<In, R & Record<N, CR>, W>;
  end<N extends Needs = {}, M extends Needs = {}>(
    endings?: Endings<In, N, M>,
  ): SagaDefinition<In, W, R>;
}
