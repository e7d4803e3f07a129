// Are a customer's orders listed and counted as they stand?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listOrders } from './list-orders.ts';
import { type CustomerStatistics, counted, readStatistics, recounted } from './statistics.ts';

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const stored = (data: CustomerStatistics | undefined, revision = 1) => ({
  ...{ id: 'c-1', revision, data: data! },
});

describe('the numbers of a customer', () => {
  const first = counted(undefined, 'c-1', eur(500), 10).data;
  const second = counted(stored(first), 'c-1', { amount: 70, currency: 'USD' }, 20).data!;

  test('grow with every order, a sum a currency', () => {
    assert.equal(second.totalOrders, 2);
    assert.equal(second.byStatus.pending, 2);
    assert.deepEqual(second.amounts, { EUR: 500, USD: 70 });
    assert.deepEqual([second.firstOrderAt, second.lastOrderAt], [10, 20]);
  });

  test('trap 35: count every open order, however few a list shows', () => {
    let five: CustomerStatistics | undefined;
    for (let order = 1; order <= 5; order += 1)
      five = counted(five && stored(five, order), 'c-1', eur(100), order).data;
    assert.equal(five?.byStatus.pending, 5);
  });

  test('follow every order from status to status; what is cancelled is not spent', () => {
    const confirmed = recounted(stored(second), 'pending', 'confirmed', eur(500));
    assert.deepEqual([confirmed.byStatus.pending, confirmed.byStatus.confirmed], [1, 1]);
    assert.deepEqual(confirmed.amounts, second.amounts);
    const cancelled = recounted(stored(confirmed), 'confirmed', 'cancelled', eur(500));
    assert.deepEqual([cancelled.byStatus.confirmed, cancelled.byStatus.cancelled], [0, 1]);
    assert.deepEqual(cancelled.amounts, { EUR: 0, USD: 70 });
    assert.equal(cancelled.totalOrders, 2);
  });

  test('are shown as money and times, also before the first order', () => {
    const shown = (data?: CustomerStatistics) =>
      readStatistics.handling.answer({ loaded: { found: data && stored(data) } } as any) as any;
    const totalAmount = [eur(500), { amount: 70, currency: 'USD' }];
    assert.deepEqual(shown(second).totalAmount, totalAmount);
    assert.equal(shown(second).firstOrderAt, '1970-01-01T00:00:00.010Z');
    const { totalOrders, firstOrderAt } = shown();
    assert.deepEqual([totalOrders, firstOrderAt], [0, null]);
  });
});

describe('a list of orders', () => {
  const row = (orderId: string) => ({
    ...{ id: orderId, data: { orderId, status: 'pending', itemCount: 2, totalAmount: eur(1) } },
  });
  const found = ['o-3', 'o-2', 'o-1'].map((orderId) => {
    const { id, data } = row(orderId);
    return { id, revision: 1, data: { ...data, createdAt: 0, updatedAt: 0 } };
  });
  const principal = { kind: 'user', id: 'c-1', roles: [] };
  const list = (input: object, who: object = principal) =>
    listOrders.handling.answer({
      ...{ input: { limit: 2, ...input }, principal: who, loaded: { found } },
    } as any) as any;
  const needs = (input: object) =>
    listOrders.handling.load!({ input: { limit: 2, ...input }, principal } as any) as any;

  test('has a page and the place where the next one begins', () => {
    const { items, next } = list({});
    assert.deepEqual(
      items.map(({ orderId }: any) => orderId),
      ['o-3', 'o-2'],
    );
    assert.equal(next, 'o-2');
    assert.equal(list({ limit: 3 }).next, null);
    assert.equal(items[0].customerName, null);
  });

  test('is of one’s own orders, by status if asked', () => {
    const own = needs({ cursor: 'o-9' }).found;
    assert.deepEqual([own.field, own.value], ['customerId', 'c-1']);
    assert.deepEqual(own.options, { limit: 3, after: 'o-9', newestFirst: true });
    const shipped = needs({ status: 'shipped' }).found;
    assert.deepEqual([shipped.field, shipped.value], ['customerStatus', 'c-1/shipped']);
  });

  test('is of somebody else for administrators only', () => {
    assert.equal(list({ customerId: 'c-2' }).refusal, 'FORBIDDEN');
    assert.ok(list({ customerId: 'c-1' }).items);
    assert.ok(list({ customerId: 'c-2' }, { ...principal, roles: ['admin'] }).items);
  });
});
