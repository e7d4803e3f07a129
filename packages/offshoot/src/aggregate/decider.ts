// How is the state of a thing had from its events, and what may happen to it decided?
import { type Upcasting, upcast } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { map, type Need, type StoredEvent, streamOf } from '../store/index.ts';

/** An event as `evolve` sees it: its name and its data. */
export interface Happened<Type extends string = string, Data = any> {
  readonly type: Type;
  readonly data: Data;
  /** The version it was written in. @default the current one */
  readonly schema?: number;
}

/** What each type of event makes of the state; its keys are all the events a stream may hold. */
export type Evolve<State> = Readonly<
  Record<string, (state: State, data: any, event: StoredEvent) => State>
>;

/**
 * `decide` says what happens, `evolve` what it means. Both pure. Source: Jérémie Chassaing,
 * Functional event sourcing: the decider, 2021.
 */
export interface Decider<State, Command, Decided> {
  readonly initial: State;
  /** Events (or a refusal) for a command in a state. */
  readonly decide: (command: Command, state: State) => Decided;
  /** One function for each event type, by its full name (`order.created`). */
  readonly evolve: Evolve<State>;
  /**
   * The events that have had older versions: definitions of a contract, or
   * `{ type, version, upcasts }` of private ones. `evolve` sees current data only.
   */
  readonly events?: readonly Upcasting[];
}

/** A state with the version of its stream, for `append`'s `expected`. */
export interface Versioned<State> {
  readonly state: State;
  /** 0 = the stream does not exist. */
  readonly version: number;
}

/**
 * Declares a decider.
 *
 * @example
 * const counter = decider({
 *   initial: 0,
 *   decide: (by: number, state) => (state + by > 9 ? [] : [{ type: 'counted', data: { by } }]),
 *   evolve: { counted: (state: number, { by }: { by: number }) => state + by },
 * });
 */
export function decider<State, Command, Decided>(
  spec: Decider<State, Command, Decided>,
): Decider<State, Command, Decided> {
  return Object.freeze(spec);
}

/** What folding needs of a decider. */
export type Folding<State> = Pick<Decider<State, any, any>, 'initial' | 'evolve' | 'events'>;

/**
 * The state after `events`, older versions upcast. An event that `evolve` does not know is a bug:
 * it throws.
 */
export function fold<State>(
  { initial, evolve, events: known }: Folding<State>,
  events: readonly Happened[],
  from: State = initial,
): State {
  let state = from;
  for (const event of events) {
    if (!Object.hasOwn(evolve, event.type)) {
      const message = `evolve does not know the event ${event.type}; add it, nothing may be ignored`;
      throw new OffshootError('INTERNAL_ERROR', message);
    }
    const versions = known?.find(({ type }) => type === event.type);
    const current = versions
      ? upcast(versions, event.schema ?? versions.version, event.data)
      : event.data;
    state = evolve[event.type]!(state, current, event as StoredEvent);
  }
  return state;
}

/** The state of a stream, as a need: `load: ({ input }) => ({ order: state(order, `order/${id}`) })`. */
export function state<State>(of: Folding<State>, stream: string): Need<Versioned<State>> {
  return map(streamOf(stream), ({ version, events }) => ({ state: fold(of, events), version }));
}
