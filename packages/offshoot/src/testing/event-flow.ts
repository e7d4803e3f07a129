// Which public events does nobody consume, and what do consumers read that nobody has to write?
import { type EventDefinition, type JsonSchema, jsonForm } from '../contract/index.ts';
import type { EventHandler, Subscription } from '../messaging/index.ts';
import type { ServiceDefinition } from '../service/index.ts';

export interface EventFlow {
  /** `order.created`: published, and handled by no subscription and no projection. */
  readonly unconsumed: readonly string[];
  /** `shipping/orders: order.created`: handled, and published by none of these services. */
  readonly unproduced: readonly string[];
  /** `order.created/items/note`: a producer may leave it out, and its consumers may read it. */
  readonly unwritten: readonly string[];
}

interface Consumer {
  readonly name: string;
  readonly handlers: readonly EventHandler[];
}

/**
 * Compares what services publish with what they handle. The compiler sees that a handler reads
 * only declared fields, and publishing checks the data against its contract; what is left to find
 * is an event without a reader, a reader without an event, and a field that is declared and
 * optional: the type lets a consumer read what no producer writes.
 *
 * @example
 * assert.deepEqual(eventFlow([orders, shipping]).unproduced, []);
 */
export function eventFlow(services: readonly ServiceDefinition[]): EventFlow {
  const published = services.flatMap(({ contract }) => Object.values(contract.events));
  const consumers = services.flatMap(consumersOf);
  const consumed = new Set(
    consumers.flatMap(({ handlers }) => handlers.map(({ event }) => nameOf(event))),
  );
  const names = new Set(published.map(nameOf));
  return {
    unconsumed: published.filter((event) => !consumed.has(nameOf(event))).map(({ type }) => type),
    unproduced: consumers.flatMap(({ name, handlers }) =>
      handlers
        .filter(({ event }) => !names.has(nameOf(event)))
        .map(({ event }) => `${name}: ${event.type}`),
    ),
    unwritten: published
      .filter((event) => consumed.has(nameOf(event)))
      .flatMap((event) => optionalFields(formOf(event), event.type)),
  };
}

/** The version belongs to it: a handler of version 2 reads nothing of a producer of version 3. */
const nameOf = ({ service, type, version }: EventDefinition) => `${service} ${type}.v${version}`;

function consumersOf({ name, subscriptions, projections }: ServiceDefinition): Consumer[] {
  return [
    ...subscriptions.map((one) => ({ name: `${name}/${one.name}`, handlers: handlersOf(one) })),
    ...projections.map((one) => ({ name: `${name}/${one.name}`, handlers: one.handlers })),
  ];
}

/** Older versions have the same handler: it counts once. */
const handlersOf = ({ handlers }: Subscription) => [...new Set(handlers.values())];

const formOf = ({ schema, type }: EventDefinition) => jsonForm(schema, 'output', type);

/** Paths of fields that an object may lack, also inside of others. */
function optionalFields(form: JsonSchema, path: string): string[] {
  const {
    properties = {},
    required = [],
    items,
    anyOf = [],
    oneOf = [],
    allOf = [],
  } = form as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
    readonly items?: JsonSchema;
    readonly anyOf?: readonly JsonSchema[];
    readonly oneOf?: readonly JsonSchema[];
    readonly allOf?: readonly JsonSchema[];
  };
  const fields = Object.entries(properties).flatMap(([name, inner]) => [
    ...(required.includes(name) ? [] : [`${path}/${name}`]),
    ...optionalFields(inner, `${path}/${name}`),
  ]);
  const inside = [...(items ? [items] : []), ...anyOf, ...oneOf, ...allOf];
  return [...fields, ...inside.flatMap((inner) => optionalFields(inner, path))];
}
