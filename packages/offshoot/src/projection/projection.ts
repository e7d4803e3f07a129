// How do events of several services become one read model?
import { badDefinition } from '../error/index.ts';
import { type EventHandler, type Subscription, subscription } from '../messaging/index.ts';

/**
 * A named, versioned reader of events that writes documents: one subscription for each source,
 * all from the beginning. A new version starts again beside the old one, so give its documents
 * a collection of their own. A row that two services feed is upserted half by half, never
 * fetched: a missing half is null and fills later.
 *
 * @example
 * const rows = projection('order_rows', 1, [on(orders.events.created, { decide })]);
 * rows.map(({ name }) => name); // ['order_rows.v1']
 */
export function projection(
  name: string,
  version: number,
  handlers: readonly EventHandler[],
): readonly Subscription[] {
  if (handlers.length === 0) badDefinition(`projection ${name} handles no event`);
  if (!Number.isInteger(version) || version < 1)
    badDefinition(`projection ${name}: ${version} is no version; start with 1`);
  const bySource = Map.groupBy(handlers, ({ event }) => event.service);
  const base = `${name}.v${version}`;
  return [...bySource].map(([source, [first, ...rest]]) =>
    subscription(bySource.size > 1 ? `${base}/${source}` : base, [first!, ...rest]),
  );
}
