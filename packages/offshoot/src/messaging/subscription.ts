// How does a service say which events of others it handles, and how?
import type { EventData, EventDefinition } from '../contract/index.ts';
import { badDefinition } from '../error/index.ts';
import type { EventReach, Loaded, Needs, Position, UnitOfWork } from '../store/index.ts';

/** An event as its handler sees it: personal fields opened, a copy of its own. */
export interface Incoming<Data> {
  readonly id: string;
  /** `<noun>.<event>` */
  readonly type: string;
  readonly service: string;
  readonly key: string;
  /** When it was recorded, milliseconds since 1970. */
  readonly at: number;
  readonly position: Position;
  readonly correlationId: string;
  readonly data: Data;
}

export interface Handling<E extends EventDefinition<any>, P, N extends Needs> {
  /** May ask others and outside ports; may run again. */
  readonly prepare?: (
    given: { readonly event: Incoming<EventData<E>> },
    reach: EventReach,
  ) => Promise<P>;
  readonly load?: (given: { readonly event: Incoming<EventData<E>>; readonly prepared: P }) => N;
  /** Pure: same arguments, same unit. `at` and `id` are drawn once for this event. */
  readonly decide: (given: {
    readonly event: Incoming<EventData<E>>;
    readonly prepared: P;
    readonly loaded: Loaded<N>;
    readonly at: number;
    readonly id: string;
  }) => Omit<UnitOfWork, 'reply'> | undefined;
}

/** One event and what to do with it. */
export interface EventHandler {
  readonly event: EventDefinition<any>;
  readonly handling: Handling<any, any, any>;
}

export type From = 'beginning' | 'now';

/** A named reader of one service's events, with its own place in that service's log. */
export interface Subscription {
  readonly name: string;
  /** The producer. */
  readonly service: string;
  readonly from: From;
  /** Messages that may wait after a failure; with that many the subscription pauses. */
  readonly waitingMax: number;
  /** By wire type: that of the version which the handler knows, and of every older one. */
  readonly handlers: ReadonlyMap<string, EventHandler>;
}

/**
 * Handles an event, once in effect: `on(orders.events.created, { load, decide })`. The unit that
 * `decide` returns commits together with the mark that the event was handled.
 */
export function on<E extends EventDefinition<any>, P = undefined, N extends Needs = {}>(
  event: E,
  handling: Handling<E, P, N>,
): EventHandler {
  return { event, handling };
}

/** `order.created.v1`: how an event's type is written on a wire. */
export const wireType = (event: EventDefinition<any>, version = event.version) =>
  `${event.type}.v${version}`;

/** The version in `order.created.v1`. */
export const wireVersion = (wire: string) => Number(wire.slice(wire.lastIndexOf('.v') + 2));

/** An older version has the handler of the current one: its data is upcast before. */
function byWireType(handlers: readonly EventHandler[]): Map<string, EventHandler> {
  const found = new Map<string, EventHandler>();
  for (const one of handlers)
    for (let version = 1; version <= one.event.version; version += 1)
      found.set(wireType(one.event, version), one);
  return found;
}

/**
 * The handler of a wire type, or undefined for an event that the subscription leaves alone. A
 * version newer than the handler's has that handler too: reading it fails, and is not skipped.
 */
export function handlerFor(
  { handlers }: Pick<Subscription, 'handlers'>,
  wire: string,
): EventHandler | undefined {
  const known = handlers.get(wire);
  if (known || wire.endsWith('.v1')) return known;
  return handlers.get(`${wire.slice(0, wire.lastIndexOf('.v'))}.v1`);
}

export interface SubscriptionOptions {
  /** @default 'beginning' */
  readonly from?: From;
  /** @default 10000 */
  readonly waitingMax?: number;
}

const WAITING_MAX = 10_000;

/** Groups handlers of one producer's events under a durable name. */
export function subscription(
  name: string,
  handlers: readonly [EventHandler, ...EventHandler[]],
  options: SubscriptionOptions = {},
): Subscription {
  const { from = 'beginning', waitingMax = WAITING_MAX } = options;
  const service = handlers[0].event.service;
  const foreign = handlers.find((one) => one.event.service !== service);
  if (foreign)
    badDefinition(`subscription ${name} mixes events of ${service} and ${foreign.event.service}`);
  if (!/^[a-z][\w\-./]*$/i.test(name)) badDefinition(`'${name}' is no subscription name`);
  if (new Set(handlers.map((one) => one.event.type)).size < handlers.length)
    badDefinition(`subscription ${name} handles an event twice`);
  if (!(waitingMax >= 1)) badDefinition(`subscription ${name}: waitingMax is at least 1`);
  return { name, service, from, waitingMax, handlers: byWireType(handlers) };
}
