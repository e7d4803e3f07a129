// How is a saga written?
import { type InputFor, type OutputOf, parse, type Schema } from '../contract/index.ts';
import { badDefinition, OffshootError } from '../error/index.ts';
import type { SagaSignal, SagaStart } from '../store/index.ts';
import type { BeforePivot } from './builder.ts';
import {
  CANCEL,
  type Compensation,
  type Endings,
  type Given,
  isAwaited,
  type SagaDefinition,
  type Step,
} from './definition.ts';

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
