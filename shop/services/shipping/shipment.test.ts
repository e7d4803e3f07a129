// Which ways may a shipment go, and who decides when cancelling and leaving meet?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ShipmentStatus, shipping } from '../../contracts/shipping.ts';
import { deliver } from './deliver.ts';
import { DISPATCH_AFTER_MS, dispatch, dispatchWhenDue } from './dispatch.ts';
import { followedOrders } from './follow-orders.ts';
import { readShipment } from './read-shipment.ts';
import { mayBecome, type Shipment } from './shipment.ts';

const price = { amount: 1, currency: 'EUR' };
const items = [
  { productId: 'p-1', sku: 'SKU-1', quantity: 2, price },
  { productId: 'p-1', sku: 'SKU-1', quantity: 1, price },
];
const lines = [{ sku: 'SKU-1', quantity: 3 }];
const facts = { orderId: 'o-1', customerId: 'c-1', lines };
const at = 1_000;
const shipment = (status: ShipmentStatus) => {
  const data: Shipment = { ...facts, status, createdAt: 0, updatedAt: 0 };
  return { id: 'o-1', revision: 2, data };
};
const input = { orderId: 'o-1' };

const hears = (type: string, data: object, found?: unknown) =>
  followedOrders.handlers.get(type)!.handling.decide({
    ...{ event: { data: { ...input, ...data } }, loaded: { shipment: found }, at },
    ...{ prepared: undefined, id: '' },
  } as any) as any;
const confirmed = (found?: unknown) =>
  hears('order.confirmed.v1', { customerId: 'c-1', items }, found);
const cancelled = (found?: unknown) => hears('order.cancelled.v1', {}, found);
const due = (found?: unknown) =>
  dispatchWhenDue.handling.decide({
    ...{ id: 'o-1', at, prepared: undefined, loaded: { shipment: found } },
  }) as any;
const decided = (handler: typeof dispatch, found?: unknown) =>
  handler.handling.decide({ input, at, loaded: { shipment: found } } as any) as any;

describe('a shipment', () => {
  test('takes these ways and no other', () => {
    const ways = ShipmentStatus.options.flatMap((from) =>
      ShipmentStatus.options.filter((to) => mayBecome(from, to)).map((to) => `${from} ${to}`),
    );
    assert.deepEqual(ways, [
      'created dispatched',
      'created cancelled',
      'dispatched delivered',
      'dispatched cancelled',
    ]);
  });

  test('given a confirmed order, then is made, told, and due a short while later', () => {
    const unit = confirmed();
    assert.deepEqual(unit.appends[0].events, [shipping.events.created(facts)]);
    assert.equal(unit.documents[0].data.status, 'created');
    assert.deepEqual(unit.timers, [{ name: 'dispatch', id: 'o-1', due: at + DISPATCH_AFTER_MS }]);
    assert.equal(confirmed(shipment('created')), undefined);
  });

  test('given created, when due, then leaves; anything else stays', () => {
    const unit = due(shipment('created'));
    assert.deepEqual(unit.appends[0].events, [shipping.events.dispatched(input)]);
    assert.equal(unit.documents[0].data.status, 'dispatched');
    for (const status of ['dispatched', 'delivered', 'cancelled'] as const)
      assert.equal(due(shipment(status)), undefined);
    assert.equal(due(), undefined);
  });

  test('given created or under way, when its order is cancelled, then stays or is recalled', () => {
    for (const status of ['created', 'dispatched'] as const) {
      const unit = cancelled(shipment(status));
      const stopped = shipping.events.cancelled({ ...input, recalled: status === 'dispatched' });
      assert.deepEqual(unit.appends[0].events, [stopped]);
      assert.equal(unit.documents[0].data.status, 'cancelled');
    }
  });

  test('given none, when its order is cancelled, then only the address is forgotten', () => {
    for (const found of [undefined, shipment('cancelled')]) {
      const { documents, appends } = cancelled(found);
      assert.equal(appends, undefined);
      assert.deepEqual(
        documents.map((one: any) => [one.collection.name, one.data]),
        [['destinations', undefined]],
      );
    }
    assert.throws(() => cancelled(shipment('delivered')), { code: 'INTERNAL_ERROR' });
  });

  test('may be sent and handed over by hand, each once in effect', () => {
    const ways = [
      [dispatch, 'created', 'dispatched'],
      [deliver, 'dispatched', 'delivered'],
    ] as const;
    for (const [handler, from, to] of ways) {
      const unit = decided(handler, shipment(from));
      assert.equal(unit.documents[0].data.status, to);
      assert.deepEqual(decided(handler, shipment(to)), { reply: { ...input, status: to } });
      const refused = { refusal: 'ILLEGAL_TRANSITION', data: { from: 'cancelled', to } };
      assert.deepEqual(decided(handler, shipment('cancelled')), refused);
      assert.equal(decided(handler).refusal, 'ORDER_NOT_FOUND');
    }
  });

  test('is handed over only once its order can no longer be cancelled', async () => {
    const asking = (order: object, found: unknown = shipment('dispatched')) => {
      const reach = { read: async () => found, ask: async () => order };
      return deliver.handling.prepare!({ input } as any, reach as any) as any;
    };
    for (const status of ['shipped', 'delivered'])
      assert.equal(await asking({ status }), undefined);
    for (const status of ['confirmed', 'cancelled'])
      assert.equal((await asking({ status })).refusal, 'ILLEGAL_TRANSITION');
    assert.equal((await asking({}, null)).refusal, 'ORDER_NOT_FOUND');
  });

  test('is shown to its owner and to administrators, and is nothing to anybody else', () => {
    const look = (principal: object) =>
      readShipment.handling.answer({
        ...{ principal, loaded: { shipment: shipment('created'), destination: undefined } },
      } as any) as any;
    const roles: string[] = [];
    const owner = look({ kind: 'user', id: 'c-1', roles });
    assert.deepEqual([owner.status, owner.lines, owner.shippingAddress], ['created', lines, null]);
    assert.equal(look({ kind: 'user', id: 'c-9', roles: ['admin'] }).status, 'created');
    assert.equal(look({ kind: 'user', id: 'c-2', roles }).refusal, 'ORDER_NOT_FOUND');
    assert.equal(look({ kind: 'service', id: 'c-1', roles }).refusal, 'ORDER_NOT_FOUND');
  });
});
