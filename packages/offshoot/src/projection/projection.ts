// How do events of several services become one read model?
import { badDefinition } from '../error/index.ts';
import { type EventHandler, type Subscription, subscription } from '../messaging/index.ts';
import { type Collection, collection } from '../store/index.ts';

/** A projection keeps two copies of its rows at most: the live one, and one being built or kept. */
export const SLOTS = ['a', 'b'] as const;
export type Slot = (typeof SLOTS)[number];

export interface ProjectionSpec {
  /** Its rows: only its handlers write them, and they write and read nothing else. */
  readonly collections: readonly [Collection<any>, ...Collection<any>[]];
  readonly handlers: readonly [EventHandler, ...EventHandler[]];
  /** How long rows that were switched away are kept for a rollback. @default 86400000, a day */
  readonly keepMs?: number;
}

export interface Projection {
  readonly name: string;
  readonly version: number;
  readonly collections: readonly Collection<any>[];
  readonly handlers: readonly EventHandler[];
  readonly keepMs: number;
  /** The services whose events it reads. */
  readonly sources: readonly string[];
}

const DAY_MS = 86_400_000;

/** `at` and `id` of the event itself: a rebuild has to draw the same. */
function repeatable({ event, handling }: EventHandler): EventHandler {
  const { decide, load } = handling;
  const same: EventHandler['handling'] = {
    ...(load ? { load } : {}),
    decide: (given) => decide({ ...given, at: given.event.at, id: given.event.id }),
  };
  return { event, handling: same };
}

/**
 * Rows made from events alone, so that they can be made again. Its handlers get `at` and `id` of
 * the event, write documents of its own collections, read nothing else and ask nobody: they have
 * no `prepare`. A row that two services feed is upserted half by half, never fetched: a missing
 * half is null and fills later. Events of one service arrive in order, those of two in any.
 *
 * The service's other handlers read the collections as any other; they see the live rows. A
 * higher version is built from the log beside them and takes their place in one commit.
 *
 * @example
 * const shown = projection('order_rows', 1, {
 *   collections: [rows],
 *   handlers: [on(orders.events.created, { decide })],
 * });
 */
export function projection(name: string, version: number, spec: ProjectionSpec): Projection {
  const { collections, handlers, keepMs = DAY_MS } = spec;
  if (handlers.length === 0) badDefinition(`projection ${name} handles no event`);
  if (collections.length === 0) badDefinition(`projection ${name} has no collection of its own`);
  if (!Number.isInteger(version) || version < 1)
    badDefinition(`projection ${name}: ${version} is no version; start with 1`);
  for (const { event, handling } of handlers)
    if (handling.prepare)
      badDefinition(
        `projection ${name} asks others at ${event.type}: rows are made from events alone`,
      );
  const sources = [...new Set(handlers.map(({ event }) => event.service))];
  const made = { name, version, collections, handlers: handlers.map(repeatable), keepMs, sources };
  for (const source of sources) subscriptionOf(made, name, source); // refuses what it would refuse
  return Object.freeze(made);
}

/** The subscription of one source, for the copy of the rows that is called `build`. */
export function subscriptionOf(
  { handlers, sources }: Pick<Projection, 'handlers' | 'sources'>,
  build: string,
  source: string,
): Subscription {
  const [first, ...rest] = handlers.filter(({ event }) => event.service === source);
  return subscription(sources.length > 1 ? `${build}/${source}` : build, [first!, ...rest]);
}

const copies = new WeakMap<Collection<any>, Record<Slot, Collection<any>>>();

/** Where the rows of a collection are in one slot. */
export function copyOf(of: Collection<any>, slot: Slot): Collection<any> {
  let known = copies.get(of);
  if (!known) {
    const { indexes, personal } = of;
    const options = { indexes, ...(personal ? { personal } : {}) } as object;
    const made = (place: Slot) => collection<any>(`${of.name}.${place}`, options);
    known = { a: made('a'), b: made('b') };
    copies.set(of, known);
  }
  return known[slot];
}
