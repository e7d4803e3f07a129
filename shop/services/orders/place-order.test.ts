// Is an order accepted whole, in the warehouse's words where the warehouse is meant?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { placeOrder } from './place-order.ts';
import { pricedItems, stockLines, totalOf } from './stock-keeping.ts';

const eur = (amount: number) => ({ amount, currency: 'EUR' });
const quote = (productId: string, sku: string, amount: number) => ({
  productId,
  sku,
  name: productId,
  price: eur(amount),
});
const wishes = [
  { productId: 'p-1', quantity: 2 },
  { productId: 'p-2', quantity: 1 },
  { productId: 'p-1', quantity: 3 },
];
const quotes = [quote('p-1', 'SKU-1', 100), quote('p-2', 'SKU-2', 50)];
const items = pricedItems(wishes, quotes)!;

describe('the words of the warehouse', () => {
  test('every wish gets the SKU and the price of its product', () => {
    assert.deepEqual(items[1], { productId: 'p-2', sku: 'SKU-2', quantity: 1, price: eur(50) });
    assert.deepEqual(
      items.map(({ sku }) => sku),
      ['SKU-1', 'SKU-2', 'SKU-1'],
    );
  });

  test('a wish without a quote leaves nothing', () => {
    assert.equal(pricedItems(wishes, quotes.slice(1)), undefined);
  });

  test('the warehouse sees one line a SKU', () => {
    assert.deepEqual(stockLines(items), [
      { sku: 'SKU-1', quantity: 5 },
      { sku: 'SKU-2', quantity: 1 },
    ]);
  });

  test('the total is the sum over the items, in one currency', () => {
    assert.deepEqual(totalOf(items), eur(550));
    const foreign = { ...items[0]!, price: { amount: 1, currency: 'USD' } };
    assert.throws(() => totalOf([...items, foreign]), { code: 'VALIDATION_FAILED' });
  });
});

describe('placing an order', () => {
  const input = {
    items: wishes,
    shippingAddress: { name: 'A', street: 'B', city: 'C', postalCode: 'D', country: 'E' },
    payment: { method: 'pm_card_visa' },
  };
  const ada = { kind: 'user', id: 'c-1' };
  const prepare = (principal: object, answer: unknown) =>
    placeOrder.handling.prepare!({ input, principal } as any, { ask: async () => answer } as any);

  test('stages the event, the row and the checkout in one unit', () => {
    const total = totalOf(items);
    const given = {
      input,
      principal: ada,
      prepared: { items, total },
      id: 'o-1',
      at: 7,
      loaded: {},
    };
    const unit = placeOrder.handling.decide(given as any) as any;
    assert.deepEqual(unit.reply, { orderId: 'o-1', status: 'pending' });
    assert.equal(unit.appends[0].expected, 0);
    assert.equal(unit.appends[0].events[0].type, 'order.created');
    assert.equal(unit.documents[0].data.status, 'pending');
    assert.equal(unit.documents[0].data.itemCount, 3);
    assert.deepEqual(unit.documents[1].data, {
      totalOrders: 1,
      byStatus: { pending: 1, confirmed: 0, shipped: 0, delivered: 0, cancelled: 0 },
      amounts: { EUR: 550 },
      firstOrderAt: 7,
      lastOrderAt: 7,
    });
    assert.deepEqual(unit.sagas, [
      {
        saga: 'checkout',
        version: 1,
        id: 'o-1',
        input: {
          orderId: 'o-1',
          customerId: 'c-1',
          lines: stockLines(items),
          total,
          method: 'pm_card_visa',
        },
      },
    ]);
  });

  test('refuses who was blocked', () => {
    const given = { input, principal: ada, prepared: { items, total: eur(550) }, loaded: {} };
    const loaded = { blocked: { id: 'c-1' } };
    const refused = placeOrder.handling.decide({ ...given, loaded } as any);
    assert.deepEqual(refused, { refusal: 'USER_BLOCKED', data: undefined });
  });

  test('refuses a product that nobody sells', async () => {
    const refused = { refusal: 'PRODUCT_NOT_FOUND', data: { productId: 'p-9' } };
    assert.deepEqual(await prepare(ada, refused), refused);
  });

  test('believes no catalogue that forgets a product', async () => {
    await assert.rejects(prepare(ada, { quotes: quotes.slice(1) }), { code: 'BAD_UPSTREAM' });
  });

  test('is for people only', async () => {
    const service = { kind: 'service', id: 'inventory' };
    await assert.rejects(prepare(service, { quotes }), { code: 'FORBIDDEN' });
  });
});
