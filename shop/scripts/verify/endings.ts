// Did every order come to one end, and is its customer shown just that?
import type { Facts, OrderFact, OrderRow } from './facts.ts';
import { type Findings, findings, type Invariant } from './invariant.ts';
import { PAID } from './money.ts';

export interface Counts {
  readonly confirmed: number;
  readonly cancelled: number;
  readonly declined: number;
  readonly outOfStock: number;
}

const ENDED: ReadonlySet<string> = new Set([...PAID, 'cancelled']);
const REASON_DECLINED = 'PAYMENT_DECLINED';
const REASON_OUT_OF_STOCK = 'OUT_OF_STOCK';

/** How many orders ended how. Confirmed are also those shipped or delivered since. */
export function countsOf({ orders }: Facts): Counts {
  const counts = { confirmed: 0, cancelled: 0, declined: 0, outOfStock: 0 };
  for (const { status, reason } of orders.values()) {
    if (PAID.has(status)) counts.confirmed += 1;
    if (status !== 'cancelled') continue;
    counts.cancelled += 1;
    if (reason === REASON_DECLINED) counts.declined += 1;
    if (reason === REASON_OUT_OF_STOCK) counts.outOfStock += 1;
  }
  return counts;
}

/** Every order has an end, its view equals the fold of its events, its saga ended with it. */
export function endingsInvariant(facts: Facts): Invariant {
  const found = findings();
  for (const [id, order] of facts.orders) {
    found.expect(ENDED.has(order.status), () => `order ${id} is still ${order.status}`);
    checkRow(found, id, order, facts.rows.get(id));
    checkSaga(found, id, order, facts);
  }
  for (const id of facts.rows.keys())
    found.expect(facts.orders.has(id), () => `order ${id} is shown, and no event tells of it`);
  for (const id of facts.sagas.keys())
    found.expect(facts.orders.has(id), () => `saga ${id} is of no order`);
  return found.conclude('every order has its end', `${facts.orders.size} orders`);
}

function checkRow(found: Findings, id: string, order: OrderFact, row: OrderRow | undefined): void {
  const shown = row && {
    ...{ status: row.status, customerId: row.customerId, reason: row.reason },
    ...{ total: row.totalAmount, items: row.items },
    ...{ createdAt: row.createdAt, updatedAt: row.updatedAt },
  };
  const { status, customerId, reason, total, createdAt, updatedAt } = order;
  const items = order.items.map(({ productId, quantity, price }) => ({
    productId,
    quantity,
    price,
  }));
  const told = { status, customerId, reason, total, items, createdAt, updatedAt };
  found.expect(
    JSON.stringify(shown) === JSON.stringify(told),
    () => `order ${id}: its view is not the fold of its events ${order.events.join(', ')}`,
  );
}

/** A checkout completes with the confirmation, also where a cancellation follows it. */
function checkSaga(found: Findings, id: string, order: OrderFact, facts: Facts): void {
  const { status, events } = order;
  const saga = facts.sagas.get(id)?.status;
  const expected = events.includes('order.confirmed') ? 'completed' : 'compensated';
  found.expect(saga === expected, () => `order ${id} is ${status}, its saga ${saga ?? 'missing'}`);
  const journal = facts.journals.get(id);
  found.expect(
    journal === saga,
    () => `saga ${id} is ${saga}, its journal ends with ${journal ?? 'nothing'}`,
  );
}
