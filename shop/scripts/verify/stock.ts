// Is every piece where it should be: on the shelf, set aside or sold?
import { CATALOGUE } from '../../catalogue/index.ts';
import type { Stock } from '../../services/inventory/stock.ts';
import type { Facts, Line, OrderFact } from './facts.ts';
import { type Findings, findings, type Invariant } from './invariant.ts';
import { PAID } from './money.ts';

interface Counted {
  reserved: number;
  sold: number;
}

const INITIAL = new Map(CATALOGUE.map(({ sku, stock: { quantity } }) => [sku, quantity]));

/** available = initial + restocked − reserved − sold, and the log says the same. */
export function stockInvariant(facts: Facts): Invariant {
  const found = findings();
  const counted = countLines(found, facts);
  for (const [sku, row] of facts.stock) {
    checkRow(found, sku, row);
    const { reserved = 0, sold = 0 } = counted.get(sku) ?? {};
    found.expect(
      row.reserved === reserved && row.sold === sold,
      () =>
        `${sku}: the row has ${row.reserved} reserved and ${row.sold} sold, ` +
        `the log ${reserved} and ${sold}`,
    );
    const restocked = facts.restocked.get(sku) ?? 0;
    found.expect(
      row.restocked === restocked,
      () => `${sku}: the row has ${row.restocked} restocked, the log ${restocked}`,
    );
  }
  for (const sku of counted.keys())
    found.expect(facts.stock.has(sku), () => `${sku} is reserved or sold, and has no stock row`);
  checkReservations(found, facts);
  const sold = [...counted.values()].reduce((sum, one) => sum + one.sold, 0);
  return found.conclude('stock', `${facts.stock.size} things, ${sold} pieces sold`);
}

function checkRow(found: Findings, sku: string, row: Stock): void {
  const { available, initial, restocked, reserved, sold } = row;
  found.expect(
    available === initial + restocked - reserved - sold,
    () => `${sku}: ${available} available is not ${initial} + ${restocked} - ${reserved} - ${sold}`,
  );
  found.expect(Math.min(available, reserved, sold) >= 0, () => `${sku} has less than nothing`);
  const opened = INITIAL.get(sku) ?? initial;
  found.expect(initial === opened, () => `${sku} began with ${opened}, the row says ${initial}`);
  found.expect(row.sku === sku, () => `${sku}: its row says ${row.sku}`);
}

/** What the log of inventory and the confirmed orders add up to, by SKU. */
function countLines(found: Findings, { orders, reserved, released }: Facts) {
  const counted = new Map<string, Counted>();
  const of = (sku: string): Counted => {
    const known = counted.get(sku) ?? { reserved: 0, sold: 0 };
    counted.set(sku, known);
    return known;
  };
  for (const [, lines] of reserved)
    for (const { sku, quantity } of lines) of(sku).reserved += quantity;
  for (const [, lines] of released)
    for (const { sku, quantity } of lines) of(sku).reserved -= quantity;
  for (const [id, order] of orders) {
    if (!PAID.has(order.status)) continue;
    const aside = reserved.get(id) ?? [];
    const expected = linesOf(order);
    found.expect(
      isSame(aside, expected),
      () => `order ${id} is ${order.status}, but what was set aside is not what was ordered`,
    );
    for (const { sku, quantity } of aside) {
      of(sku).reserved -= quantity;
      of(sku).sold += quantity;
    }
  }
  return counted;
}

/** Every claim on stock has come to the end that its order came to. */
function checkReservations(found: Findings, { orders, reservations, reserved }: Facts): void {
  for (const [id, { status }] of reservations) {
    const order = orders.get(id);
    const expected = order && PAID.has(order.status) ? 'sold' : 'released';
    found.expect(
      status === expected,
      () => `the reservation of order ${id} is ${status}; the order is ${order?.status}`,
    );
  }
  for (const [id, { status }] of orders)
    if (PAID.has(status))
      found.expect(reservations.has(id), () => `order ${id} is ${status} without a reservation`);
  for (const id of reserved.keys())
    found.expect(
      reservations.has(id),
      () => `order ${id}: stock was set aside, and there is no reservation`,
    );
}

function linesOf({ items }: OrderFact): Line[] {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of items) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
}

function isSame(one: readonly Line[], other: readonly Line[]): boolean {
  const text = (lines: readonly Line[]) =>
    lines
      .map(({ sku, quantity }) => `${sku} ${quantity}`)
      .sort()
      .join();
  return text(one) === text(other);
}
