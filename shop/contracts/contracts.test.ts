// Do the contracts say what the shop promises: names, paths, who may call, what is refused?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { edgePath, type InputFor, parse, type RefusalFor, type ResultFor } from 'offshoot/contract';
import { CONTRACTS, catalog, identity, type inventory, orders, type payments } from './index.ts';

const ROUTES = `
identity.signup POST /api/v1/auth/signup 201 anyone
identity.login POST /api/v1/auth/login 200 anyone
identity.refresh POST /api/v1/auth/refresh 200 anyone
identity.logout POST /api/v1/auth/logout 204 anyone
identity.jwks GET /api/v1/auth/jwks 200 anyone
identity.rotate POST /api/v1/auth/keys 200 users:admin
identity.withdraw POST /api/v1/auth/keys/withdrawal 200 services:identity
identity.revocations GET /api/v1/auth/revocations 200 services:edge
identity.appoint POST /api/v1/auth/administrators 200 services:identity
users.me GET /api/v1/users/me 200 authenticated
users.get GET /api/v1/users/{userId} 200 authenticated
users.create POST /api/v1/users 201 users:admin
users.list GET /api/v1/users 200 authenticated
users.administer GET /api/v1/admin/users 200 users:admin
users.update PATCH /api/v1/users/me 200 authenticated
users.block POST /api/v1/users/{userId}/block 200 users:admin
users.erase DELETE /api/v1/users/{userId} 202 authenticated
catalog.list GET /api/v1/products 200 anyone
catalog.get GET /api/v1/products/{id} 200 anyone
catalog.getV2 GET /api/v2/products/{id} 200 anyone
catalog.quote POST /api/v1/products/quotes 200 services:orders
catalog.create POST /api/v1/products 201 users:admin
catalog.update PATCH /api/v1/products/{id} 200 users:admin
catalog.seed POST /api/v1/products/seeds 200 services:catalog
orders.place POST /api/v1/orders 202 authenticated
orders.list GET /api/v1/orders 200 authenticated
orders.statistics GET /api/v1/orders/statistics 200 authenticated
orders.get GET /api/v1/orders/{orderId} 200 authenticated
orders.status GET /api/v1/orders/{orderId}/status 200 services:inventory:shipping:payments
orders.cancel POST /api/v1/orders/{orderId}/cancel 202 authenticated
orders.confirm POST /api/v1/orders/{orderId}/confirm 200 services:orders
inventory.availability POST /api/v1/availability 200 anyone
inventory.stock GET /api/v1/inventory/stock/{sku} 200 anyone
inventory.reserve POST /api/v1/inventory/reservations 200 services:orders
inventory.release POST /api/v1/inventory/reservations/{orderId}/release 200 services:orders
inventory.restock POST /api/v1/inventory/stock/{sku}/restocks 200 users:admin
inventory.seedStock POST /api/v1/inventory/stock/seeds 200 services:inventory
payments.authorise POST /api/v1/payments/authorisations 200 services:orders
payments.capture POST /api/v1/payments/authorisations/{orderId}/capture 200 services:orders
payments.void POST /api/v1/payments/authorisations/{orderId}/void 200 services:orders
payments.refund POST /api/v1/payments/captures/{orderId}/refund 200 services:orders
payments.reconcile POST /api/v1/payments/reconcile 200 users:admin
shipping.get GET /api/v1/shipping/{orderId} 200 authenticated
shipping.dispatch POST /api/v1/shipping/{orderId}/dispatch 200 services:inventory
shipping.deliver POST /api/v1/shipping/{orderId}/deliver 200 users:admin:carrier
notifications.list GET /api/v1/notifications 200 authenticated
recommendations.forUser GET /api/v1/recommendations 200 authenticated
recommendations.boughtTogether GET /api/v1/recommendations/bought-together/{productId} 200 anyone`;

const EVENTS = `
identity.signed_up by userId of userId: email, name
user.created by userId of userId: name, email
user.updated by userId of userId: name
user.blocked by userId
user.erased by userId
product.created by productId
product.updated by productId
product.price_changed by productId
order.created by orderId of customerId: shippingAddress
order.confirmed by orderId
order.shipped by orderId
order.delivered by orderId
order.cancelled by orderId
inventory.reserved by orderId
inventory.reservation_failed by orderId
inventory.released by orderId
inventory.restocked by sku
payment.authorised by orderId
payment.processed by orderId
payment.refunded by orderId
payment.failed by orderId
shipment.created by orderId
shipment.dispatched by orderId
shipment.delivered by orderId
shipment.cancelled by orderId
notification.sent by userId`;

const ADDRESS = { name: 'A', street: 'B', city: 'C', postalCode: 'D', country: 'E' };
const ORDER = {
  items: [{ productId: 'p', quantity: 1 }],
  shippingAddress: ADDRESS,
  payment: { method: 'pm_card_visa' },
};

describe('the contracts', () => {
  test('mount every operation where the issue wants it, open to whom it should be', () => {
    const lines = CONTRACTS.flatMap((contract) =>
      Object.values(contract.operations).map((operation) => {
        const { service, name, method, status, access } = operation;
        const whole = edgePath(contract, operation);
        const names =
          'services' in access ? access.services : 'roles' in access ? access.roles : [];
        const who = [access.kind, ...names].join(':');
        return `${service}.${name} ${method} ${whole} ${status} ${who}`;
      }),
    );
    assert.deepEqual(lines, ROUTES.trim().split('\n'));
  });

  test('name every event, what orders it, and whose data it carries', () => {
    const lines = CONTRACTS.flatMap((contract) =>
      Object.values(contract.events).map(({ type, key, personal }) => {
        const whose = personal && ` of ${personal.subject}: ${personal.fields.join(', ')}`;
        return `${type} by ${key}${whose ?? ''}`;
      }),
    );
    assert.deepEqual(lines, EVENTS.trim().split('\n'));
  });

  test('take numbers of a query string, and bound a page', () => {
    const limitOf = (query: object) => {
      const parsed = parse(catalog.list.input, query);
      return parsed.ok ? parsed.value.limit : undefined;
    };
    assert.deepEqual(
      [limitOf({}), limitOf({ limit: '7' }), limitOf({ limit: '100' })],
      [20, 7, 100],
    );
    for (const limit of ['0', '101', '1.5', 'x', '']) assert.equal(limitOf({ limit }), undefined);
  });

  test('refuse an order that is too much, too little, or not asked for', () => {
    const fits = (order: object) => parse(orders.place.input, order).ok;
    assert.ok(fits(ORDER));
    for (const quantity of [0, -1, 1.5, 1_001, 1e9, '1', null])
      assert.ok(!fits({ ...ORDER, items: [{ productId: 'p', quantity }] }), String(quantity));
    assert.ok(!fits({ ...ORDER, items: [] }));
    assert.ok(!fits({ ...ORDER, items: Array(101).fill(ORDER.items[0]) }));
    assert.ok(!fits({ ...ORDER, total: 1 }));
    assert.ok(!fits({ ...ORDER, shippingAddress: { ...ADDRESS, city: ' ' } }));
    assert.ok(!fits(JSON.parse(`{"__proto__":{"admin":true},${JSON.stringify(ORDER).slice(1)}`)));
  });

  test('let no card number pass for a payment method', () => {
    const fits = (method: unknown) =>
      parse(orders.place.input, { ...ORDER, payment: { method } }).ok;
    for (const method of ['4242424242424242', 'pm_4242424242424242', 'pm_', 'pm_Card', '', 42])
      assert.ok(!fits(method), String(method));
  });

  test('bound what a sign-up may hold', () => {
    const input = { email: 'ada@example.com', password: 'p'.repeat(8), name: 'Ada' };
    const fits = (change: object) => parse(identity.signup.input, { ...input, ...change }).ok;
    assert.ok(fits({}));
    assert.ok(!fits({ email: 'ada' }) && !fits({ email: `${'a'.repeat(250)}@example.com` }));
    assert.ok(!fits({ password: 'p'.repeat(7) }) && !fits({ password: 'p'.repeat(201) }));
    assert.ok(!fits({ name: '' }) && !fits({ roles: ['admin'] }));
  });
});

// Types that callers lean on: these lines compile or they do not.
type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2
  ? true
  : false;
const holds = <_T extends true>(): void => {};
holds<Equal<ResultFor<typeof orders.place>['orderId'], string>>();
holds<Equal<InputFor<typeof payments.capture>, { orderId: string }>>();
holds<Equal<RefusalFor<typeof catalog.seed>, never>>();
holds<
  Equal<RefusalFor<typeof inventory.reserve>['refusal'], 'OUT_OF_STOCK' | 'RESERVATION_CLOSED'>
>();
