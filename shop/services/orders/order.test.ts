// Which lives may an order lead?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { StoredEvent } from 'offshoot/store';
import { OrderStatus, orders } from '../../contracts/orders.ts';
import { cancelOrder } from './cancel-order.ts';
import { checkout } from './checkout.ts';
import { confirmOrder } from './confirm-order.ts';
import { CANCEL_REQUESTED, mayBecome, orderFrom } from './order.ts';
import type { OrderRow } from './projections/order-row.ts';
import { readOrder } from './read-order.ts';
import { followedShipments } from './ship-order.ts';
import type { CustomerStatistics } from './statistics.ts';

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
const regretted = orders.events.cancelled({ ...facts, reason: 'CUSTOMER' });
const shipped = orders.events.shipped(facts);
const delivered = orders.events.delivered(facts);
const wished = { type: CANCEL_REQUESTED, data: { orderId: 'o-1' } };

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
  customerStatus: 'c-1/pending',
  itemCount: 1,
  status: 'pending',
  reason: '',
  createdAt: 1_000,
  updatedAt: 1_000,
};
const row = { id: 'o-1', revision: 4, data };
const byStatus = { pending: 1, confirmed: 1, shipped: 1, delivered: 0, cancelled: 0 };
const numbers: CustomerStatistics = {
  ...{ totalOrders: 3, byStatus, amounts: { EUR: 1_500 } },
  ...{ firstOrderAt: 1, lastOrderAt: 1_000 },
};
const statistics = { id: 'c-1', revision: 3, data: numbers };

type Told = { type: string; data: unknown };
/** What a unit finds of an order of which these events tell. */
const kept = (...events: Told[]) => {
  const { version, events: stored } = stream(...events);
  return { order: orderFrom(stored), version, row, statistics };
};

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
  });

  test('trap 48: knows every event of its stream, and fails loud at one it does not', () => {
    const kinds = Object.values(orders.events).map(({ type }) => ({ type, data: facts }));
    const golden = stream(created, wished, ...kinds.filter(({ type }) => type !== created.type));
    assert.equal(orderFrom(golden.events)?.isCancelRequested, true);
    assert.throws(
      () => orderFrom(stream(created, { type: 'order.lost', data: {} }).events),
      /does not know the event order.lost/,
    );
  });

  const confirm = (...events: Told[]) =>
    confirmOrder.handling.decide({
      input: { orderId: 'o-1' },
      at: 2_000,
      loaded: { kept: kept(...events) },
    } as any);

  test('given pending, when confirmed, then says so and shows it in the same unit', () => {
    const unit = confirm(created) as any;
    assert.deepEqual(unit.appends, [{ stream: 'order/o-1', events: [confirmed], expected: 1 }]);
    assert.equal(unit.documents[0].expected, 4);
    const change = { status: 'confirmed', customerStatus: 'c-1/confirmed', updatedAt: 2_000 };
    assert.deepEqual(unit.documents[0].data, { ...data, ...change });
    assert.equal(unit.documents[1].expected, 3);
    assert.deepEqual(unit.documents[1].data.byStatus, { ...byStatus, pending: 0, confirmed: 2 });
    assert.deepEqual(unit.documents[1].data.amounts, { EUR: 1_500 });
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

  const ended = (ending: 'compensated' | 'completed', given: object, ...events: Told[]) =>
    checkout[ending]!.decide({
      ...{ sagaId: 'o-1', input: facts, reason: '', cancelled: false, at: 3_000 },
      loaded: { ending: kept(...events) },
      ...given,
    });
  const compensated = (...events: Told[]) =>
    ended('compensated', { reason: 'OUT_OF_STOCK' }, ...events);

  test('given pending, when its checkout is undone, then is cancelled with the reason', () => {
    const unit = compensated(created);
    const change = { status: 'cancelled', customerStatus: 'c-1/cancelled', updatedAt: 3_000 };
    assert.deepEqual(unit.appends, [{ stream: 'order/o-1', events: [cancelled], expected: 1 }]);
    assert.deepEqual(unit.documents?.[0]?.data, { ...data, ...change, reason: 'OUT_OF_STOCK' });
    assert.deepEqual(unit.documents?.[1]?.data.amounts, { EUR: 1_000 });
  });

  test('given a wish to cancel, when its checkout is undone, then it is the customer’s', () => {
    const unit = ended('compensated', { reason: 'CANCELLED' }, created, wished);
    assert.deepEqual(unit.appends?.[0]?.events, [regretted]);
  });

  test('given a wish that came too late, when confirmed, then is cancelled in the same commit', () => {
    const unit = ended('completed', { cancelled: true }, created, wished);
    // Nothing to check against: the confirmation of this commit was written just before.
    const append = { stream: 'order/o-1', events: [regretted], expected: undefined };
    assert.deepEqual(unit.appends, [append]);
    assert.ok(unit.documents?.every(({ expected }) => expected === undefined));
    assert.deepEqual(unit.documents?.[1]?.data.byStatus, { ...byStatus, pending: 0, cancelled: 1 });
    assert.deepEqual(ended('completed', {}, created), {});
    assert.deepEqual(ended('completed', { cancelled: true }, created, cancelled), {});
  });

  const cancel = (principal: object, ...events: Told[]) =>
    cancelOrder.handling.decide({
      ...{ input: { orderId: 'o-1' }, principal, at: 4_000 },
      loaded: { kept: kept(...events) },
    } as any) as any;
  const owner = { kind: 'user', id: 'c-1' };

  test('given pending, when its customer cancels, then the checkout is told, once', () => {
    const unit = cancel(owner, created);
    assert.deepEqual(unit.signals, [{ saga: 'checkout', id: 'o-1', signal: 'cancel' }]);
    assert.equal(unit.appends[0].expected, 1);
    assert.equal(unit.appends[0].events[0].public, false);
    assert.deepEqual(unit.reply, { orderId: 'o-1', status: 'pending' });
    assert.deepEqual(cancel(owner, created, wished), { reply: unit.reply });
  });

  test('given confirmed, when its customer cancels, then is cancelled at once', () => {
    const unit = cancel(owner, created, confirmed);
    assert.deepEqual(unit.appends, [{ stream: 'order/o-1', events: [regretted], expected: 2 }]);
    assert.equal(unit.documents[0].data.reason, 'CUSTOMER');
    assert.deepEqual(unit.reply, { orderId: 'o-1', status: 'cancelled' });
  });

  test('given shipped, delivered or cancelled, when cancelled, then refuses', () => {
    for (const events of [[confirmed, shipped], [confirmed, shipped, delivered], [cancelled]]) {
      const { refusal, data: why } = cancel(owner, created, ...events);
      assert.equal(refusal, 'ILLEGAL_TRANSITION');
      assert.equal(why.to, 'cancelled');
    }
    for (const principal of [
      { kind: 'user', id: 'c-2' },
      { kind: 'service', id: 'c-1' },
    ])
      assert.equal(cancel(principal, created).refusal, 'ORDER_NOT_FOUND');
  });

  const hears = (type: string, ...events: Told[]) =>
    followedShipments.handlers.get(type)!.handling.decide({
      ...{ event: { data: { orderId: 'o-1' } }, at: 5_000, id: '', prepared: undefined },
      loaded: { kept: kept(...events) },
    } as any);

  test('follows its shipment, unless it was cancelled before', () => {
    const left = hears('shipment.dispatched.v1', created, confirmed);
    assert.deepEqual(left?.appends?.[0]?.events, [shipped]);
    const arrived = hears('shipment.delivered.v1', created, confirmed, shipped);
    assert.deepEqual(arrived?.appends?.[0]?.events, [delivered]);
    for (const events of [
      [created, confirmed, regretted],
      [created, confirmed, shipped],
    ])
      assert.equal(hears('shipment.dispatched.v1', ...events), undefined);
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
