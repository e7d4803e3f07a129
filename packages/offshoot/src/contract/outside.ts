// How is a part of the outside world declared: what it does and what it promises?
import type { InputOf, OutputOf, Schema } from './schema.ts';

/** One thing the outside can do. `key` and deadline are added by the runtime. */
export interface OutsideCall<I extends Schema = Schema, O extends Schema = Schema> {
  readonly input: I;
  readonly output: O;
}

type Calls = Readonly<Record<string, OutsideCall>>;

export interface OutsideSpec<C extends Calls> {
  /** `by-key`: a repeat with the same key has no second effect. `at-least-once`: it may. */
  readonly idempotent: 'by-key' | 'at-least-once';
  readonly calls: C;
  /** Whole call, milliseconds, the asking after a lost answer included. @default 4000 */
  readonly deadlineMs?: number;
}

/** An outside port: reachable from `prepare` only, never from `decide`. */
export interface Outside<C extends Calls = any> extends OutsideSpec<C> {
  readonly name: string;
  readonly deadlineMs: number;
}

export type OutsideInput<C> = C extends OutsideCall<infer I, any> ? InputOf<I> : never;
export type OutsideOutput<C> = C extends OutsideCall<any, infer O> ? OutputOf<O> : never;

/** What an adapter gets with each call. */
export interface OutsideContext {
  /** The same for every repeat of the same fact. */
  readonly key: string;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
}

/** An adapter of a port: does the calls, and can be asked what became of a key. */
export interface OutsideAdapter {
  call(name: string, input: unknown, context: OutsideContext): Promise<unknown>;
  /** `undefined` = it knows nothing of this key. Needed where a repeat is not safe enough. */
  ask?(name: string, context: OutsideContext): Promise<unknown>;
  readonly name?: string;
}

/** Declares an outside port: `outside('provider', { idempotent: 'by-key', calls: { … } })`. */
export function outside<C extends Calls>(name: string, spec: OutsideSpec<C>): Outside<C> {
  return Object.freeze({ ...spec, name, deadlineMs: spec.deadlineMs ?? 4_000 });
}
