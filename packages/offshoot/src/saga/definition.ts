// How is a saga written, and what is it then, as data?
import { type InputFor, type OutputOf, parse, type Schema } from '../contract/index.ts';
import { badDefinition, OffshootError } from '../error/index.ts';
import type { Loaded, Needs, SagaSignal, SagaStart, UnitOfWork } from '../store/index.ts';
import type { BeforePivot } from './builder.ts';
import { type Compensation, type Given, isAwaited, type Step } from './step.ts';

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

/** How a step is undone: `compensation(inventory.release, ({ input }) => …)`. */
export function compensation<Op extends Compensation['operation'], In, R>(
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
  /**
   * How many sagas of this name a service carries at once, of all versions together: the others
   * wait their turn, first come first served. One that sleeps, waits for a signal or a child, or
   * before another attempt, is not carried. @default as many as there is room for, 512
   */
  readonly concurrency?: number;
}

export const SAGA_DEADLINE_MS_DEFAULT = 600_000;
/** How a running saga is asked to give up: no wait has this name. */
export const CANCEL = 'cancel';
const STEP_NAME = /^[^|]+$/;

/**
 * Declares a saga: `saga('checkout', { version, input }).step(…).pivot(…).step(…).end()`.
 * Source of the shape: Garcia-Molina and Salem, Sagas, 1987; pivot: Richardson, 2018.
 */
export function saga<S extends Schema>(
  name: string,
  options: SagaOptions<S>,
): BeforePivot<OutputOf<S>, {}> {
  const { concurrency } = options;
  if (concurrency !== undefined && !(Number.isInteger(concurrency) && concurrency > 0))
    badDefinition(`saga ${name}: a concurrency of ${concurrency} lets nobody go on`);
  const steps: Step[] = [];
  let pivot: number | undefined;
  const add = (step: Step) => {
    checkStep(name, step, steps);
    steps.push(Object.freeze(step));
    return builder;
  };
  const call = (step: string, operation: any, { input, compensate, ...bounds }: any) =>
    add({ kind: 'call', name: step, operation, input, compensate, ...bounds });
  const builder = {
    step: call,
    pivot(step: string, operation: any, given: any) {
      pivot = steps.length;
      return call(step, operation, given);
    },
    sleep: (step: string, ms: number | ((given: any) => number)) =>
      add({
        ...{ kind: 'sleep', name: step, compensate: undefined },
        ms: typeof ms === 'number' ? () => ms : ms,
      }),
    wait: (step: string, { timeoutMs, data }: { timeoutMs: number; data?: Schema }) =>
      add({ kind: 'wait', name: step, timeoutMs, data, compensate: undefined }),
    child: (step: string, definition: SagaDefinition, { id, input, compensate }: any) =>
      add({
        ...{ kind: 'child', name: step, definition, input, compensate },
        id: id ?? (({ sagaId }: Given<any, any>) => `${sagaId}.${step}`),
      }),
    end: (endings: Endings<any, any, any> = {}): SagaDefinition => {
      if (steps.length === 0) badDefinition(`saga ${name} has no steps`);
      return defined(name, options, steps, pivot ?? steps.length, endings);
    },
  };
  return builder as unknown as BeforePivot<OutputOf<S>, {}>;
}

function checkStep(saga: string, step: Step, before: readonly Step[]): void {
  const { name } = step;
  if (before.some((one) => one.name === name))
    badDefinition(`saga ${saga} has two steps '${name}'`);
  if (!STEP_NAME.test(name)) badDefinition(`saga ${saga}: '${name}' is no name for a step`);
  if (step.kind !== 'wait') return;
  if (name === CANCEL) badDefinition(`saga ${saga}: '${CANCEL}' is every saga's own signal`);
  if (!(step.timeoutMs > 0)) badDefinition(`saga ${saga}: say how long ${name} waits`);
}

function defined(
  name: string,
  { version, deadlineMs = SAGA_DEADLINE_MS_DEFAULT, concurrency }: SagaOptions<any>,
  steps: readonly Step[],
  pivot: number,
  { compensated, completed }: Endings<any, any, any>,
): SagaDefinition {
  return Object.freeze({
    ...{ name, version, deadlineMs, concurrency, pivot, compensated, completed },
    steps: Object.freeze([...steps]),
    awaited: steps.filter(isAwaited).map((step) => step.name),
    cancel: (id: string): SagaSignal => ({ saga: name, id, signal: CANCEL }),
    start: (id: string, input: unknown): SagaStart => ({ saga: name, version, id, input }),
    signal(id: string, signal: string, data?: unknown): SagaSignal {
      const step = steps.find((one) => one.name === signal);
      if (step?.kind !== 'wait') return badDefinition(`saga ${name} waits for no '${signal}'`);
      return {
        saga: name,
        id,
        signal,
        data: step.data ? fitting(name, step.data, signal, data) : null,
      };
    },
  });
}

function fitting(saga: string, schema: Schema, signal: string, data: unknown): unknown {
  const parsed = parse(schema, data);
  if (parsed.ok) return parsed.value;
  const issue = parsed.issues[0];
  const message = `signal ${signal} of saga ${saga} does not fit: ${issue?.pointer} ${issue?.detail}`;
  throw new OffshootError('INTERNAL_ERROR', message);
}
