// Was every event handled, and none twice?
import type { Facts } from './facts.ts';
import { type Findings, findings, type Invariant } from './invariant.ts';
import { floorOf, type Reader, type Snapshot } from './snapshot.ts';

/** Every reader is at its source's head, and each event had each effect once. */
export function deliveriesInvariant(
  facts: Facts,
  { stores }: Snapshot,
  readers: readonly Reader[],
): Invariant {
  const found = findings();
  for (const { consumer, name, source } of readers) {
    const store = stores.get(consumer);
    const floor = store && floorOf(store, name);
    const head = stores.get(source)?.head;
    found.expect(
      floor !== undefined && floor === head,
      () => `${consumer}: ${name} is at ${floor} of ${source}, whose log ends at ${head}`,
    );
  }
  for (const [effect, times] of facts.log.caused) checkOnce(found, facts, effect, times);
  checkEffects(found, facts, { stores });
  return found.conclude(
    'no event lost, none handled twice',
    `${readers.length} readers at the heads of their sources`,
  );
}

/** A request may do the same thing twice; an event or a saga may not. */
function checkOnce(found: Findings, { log, orders }: Facts, effect: string, times: number): void {
  if (times === 1) return;
  const [service, causation = '', type, stream] = effect.split(' ');
  found.expect(
    !log.hasEntry(causation) && !orders.has(causation),
    () => `${service}: ${causation} caused ${type} in ${stream} ${times} times`,
  );
}

/** What must be there because an event was there. */
function checkEffects(found: Findings, { log }: Facts, { stores }: Pick<Snapshot, 'stores'>): void {
  for (const { id, key } of log.events.get('identity.signed_up') ?? [])
    found.expect(
      log.caused.has(`users ${id} user.created user/${key}`),
      () => `users never handled identity.signed_up ${id} of ${key}`,
    );
  for (const { id, key } of log.events.get('order.confirmed') ?? [])
    found.expect(
      log.caused.has(`shipping ${id} shipment.created shipment/${key}`),
      () => `shipping never handled order.confirmed ${id} of ${key}`,
    );
  const known = (collection: string) =>
    new Set([...(stores.get('orders')?.documents(collection) ?? [])].map(({ id }) => id));
  for (const [type, collection] of [
    ['user.created', 'customers'],
    ['product.created', 'product_labels'],
  ] as const) {
    const names = known(collection);
    for (const { id, key } of log.events.get(type) ?? [])
      found.expect(names.has(key), () => `orders never handled ${type} ${id} of ${key}`);
  }
}
