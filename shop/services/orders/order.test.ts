// Which lives may an order lead?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StoredEvent } from 'offshoot/store';
import { OrderStatus, orders } from '../../contracts/orders.ts';
import { checkout } from './checkout.ts';
import { confirmOrder } from './confirm-order.ts';
import { mayBecome, orderFrom } from './order.ts';
import type { OrderRow } from './projections/order-row.ts';
import { readOrder } from './read-order.ts';

const price = { amount: 250, currency: 'EUR' };
const facts = {
  orderId: 'o-1',
  customerId: 'c-1',
  items: [{ productId: 'p-1', sku: 'SKU-1', quantity: 2, price }],
  total: { amount: 500, currency: 'EUR' },
};
const shippingAddress = { erased: true } as const;
const created = orders.events.created({ ...facts, shippingAddress, paymentMethod: 'pm_card_visa' });
const confirmed = orders.events.confirmed(facts);
const cancelled = orders.events.cancelled({ ...facts, reason: 'OUT_OF_STOCK' });

const stream = (...events: { type: string; data: unknown }[]) => ({
  version: events.length,
  events: events.map(
    ({ type, data }, index): StoredEvent => ({
      id: `e-${index}`,
      type,
      schema: 1,
      version: index + 1,
      at: index,
      data,
    }),
  ),
});
const { items, total: totalAmount } = facts;
const own = { orderId: 'o-1', customerId: 'c-1', items, totalAmount };
const data: OrderRow = {
  ...own,
  status: 'pending',
  reason: '',
  createdAt: 1_000,
  updatedAt: 1_000,
};
const row = { id: 'o-1', revision: 4, data };

describe('an order', () => {
  test('takes the documented ways and no other', () => {
    const ways = OrderStatus.options.flatMap((from) =>
      OrderStatus.options.filter((to) => mayBecome(from, to)).map((to) => `${from} ${to}`),
    );
    assert.deepEqual(ways, [
      'pending confirmed',
      'pending cancelled',
      'confirmed shipped',
      'confirmed cancelled',
      'shipped delivered',
    ]);
  });

  test('is what its events tell', () => {
    assert.equal(orderFrom([]), undefined);
    assert.deepEqual(orderFrom(stream(created).events), { ...facts, status: 'pending' });
    assert.equal(orderFrom(stream(created, confirmed).events)?.status, 'confirmed');
    assert.equal(orderFrom(stream(created, cancelled).events)?.status, 'cancelled');
    assert.equal(orderFrom(stream(created, { type: 'later', data: {} }).events)?.status, 'pending');
  });

  const confirm = (...events: { type: string; data: unknown }[]) =>
    confirmOrder.handling.decide({
      input: { orderId: 'o-1' },
      at: 2_000,
      loaded: { stream: stream(...events), row },
    } as any);

  test('given pending, when confirmed, then says so and shows it in the same unit', () => {
    const unit = confirm(created) as any;
    assert.deepEqual(unit.appends, [{ stream: 'order/o-1', events: [confirmed], expected: 1 }]);
    assert.equal(unit.documents[0].expected, 4);
    assert.deepEqual(unit.documents[0].data, { ...data, status: 'confirmed', updatedAt: 2_000 });
    assert.deepEqual(unit.reply, { orderId: 'o-1', status: 'confirmed' });
  });

  test('given confirmed, when confirmed again, then answers alike and changes nothing', () => {
    const reply = { orderId: 'o-1', status: 'confirmed' };
    assert.deepEqual(confirm(created, confirmed), { reply });
  });

  test('given cancelled or nothing, when confirmed, then refuses', () => {
    const refused = { from: 'cancelled', to: 'confirmed' };
    assert.deepEqual(confirm(created, cancelled), { refusal: 'ILLEGAL_TRANSITION', data: refused });
    assert.deepEqual(confirm(), { refusal: 'ORDER_NOT_FOUND', data: undefined });
  });

  const compensated = (...events: { type: string; data: unknown }[]) =>
    checkout.compensated!.decide({
      sagaId: 'o-1',
      input: facts,
      reason: 'OUT_OF_STOCK',
      cancelled: false,
      at: 3_000,
      loaded: { cancelling: stream(...events), cancellingRow: row },
    });

  test('given pending, when its checkout is undone, then is cancelled with the reason', () => {
    const unit = compensated(created);
    const change = { status: 'cancelled', reason: 'OUT_OF_STOCK', updatedAt: 3_000 };
    assert.deepEqual(unit.appends, [{ stream: 'order/o-1', events: [cancelled], expected: 1 }]);
    assert.deepEqual(unit.documents?.[0]?.data, { ...data, ...change });
  });

  test('given cancelled, when its checkout is undone, then nothing is said twice', () => {
    assert.deepEqual(compensated(created, cancelled), {});
  });

  const look = (principal: object, found?: object) =>
    readOrder.handling.answer({ principal, loaded: { found } } as any);

  test('is shown to its owner, with the names that are known so far', () => {
    const found = { row: data, customer: undefined, labels: [undefined] };
    const shown = look({ kind: 'user', id: 'c-1' }, found) as any;
    assert.deepEqual([shown.customerName, shown.items[0].productName], [null, null]);
    assert.equal(shown.createdAt, '1970-01-01T00:00:01.000Z');
    const named = {
      row: data,
      customer: { userId: 'c-1', name: 'Ada' },
      labels: [{ data: { productId: 'p-1', name: 'Pan' } }],
    };
    const whole = look({ kind: 'user', id: 'c-1' }, named) as any;
    assert.deepEqual([whole.customerName, whole.items[0].productName], ['Ada', 'Pan']);
  });

  test('does not exist for anybody else', () => {
    const found = { row: data, customer: undefined, labels: [] };
    for (const principal of [
      { kind: 'user', id: 'c-2' },
      { kind: 'service', id: 'c-1' },
    ])
      assert.deepEqual(look(principal, found), { refusal: 'ORDER_NOT_FOUND', data: undefined });
    const nobody = look({ kind: 'user', id: 'c-1' });
    assert.deepEqual(nobody, { refusal: 'ORDER_NOT_FOUND', data: undefined });
  });
});
