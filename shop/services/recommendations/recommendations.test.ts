// Is what goes together counted right, kept short, and told by name?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { anyone, command, contract, isRefused, jsonSchema } from 'offshoot/contract';
import { Principal } from 'offshoot/security';
import { commandHandler, service } from 'offshoot/service';
import { append } from 'offshoot/store';
import { type System, system } from 'offshoot/testing';
import {
  catalog,
  recommendations as contractOfOurs,
  orders,
  users,
} from '../../contracts/index.ts';
import { added, ranked } from './ranking.ts';
import { recommendations } from './service.ts';

describe('a ranking', () => {
  const of = (productId: string, count: number) => ({ productId, orders: count });

  test('puts a new count in its place, and breaks ties by id', () => {
    const list = ranked([of('b', 2), of('a', 1)], [of('a', 2)]);
    assert.deepEqual(list, [of('a', 2), of('b', 2)]);
  });

  test('keeps the first twenty, and takes back what grows enough', () => {
    const many = Array.from({ length: 20 }, (_, index) => of(`p${10 + index}`, 5));
    assert.deepEqual(ranked(many, [of('z', 4)]), many);
    assert.deepEqual(ranked(many, [of('z', 6)])[0], of('z', 6));
    assert.equal(ranked(many, [of('z', 6)]).length, 20);
  });

  test('adds lists up without what is there already', () => {
    const lists = [[of('a', 1), of('b', 3)], [of('a', 4)]];
    assert.deepEqual(added(lists, new Set(['b'])), [of('a', 5)]);
  });
});

const anything = jsonSchema<Record<string, unknown>>({ type: 'object' });

/** Says events of a real contract, whose own service is not here. */
function teller(of: typeof orders | typeof catalog | typeof users) {
  const tell = { input: anything, output: anything, access: anyone() };
  const made = contract(of.name, {
    ...{ version: 1, noun: of.noun, events: {} },
    operations: { tell: command('POST /', tell) },
  });
  const handler = commandHandler(made.tell, {
    decide({ input }) {
      const { event, ...data } = input as { event: string };
      const value = (of.events as Record<string, any>)[event](data);
      return { appends: [append(`${of.noun}/${value.key}`, [value])], reply: {} };
    },
  });
  return { tell: made.tell, definition: service(made, { handlers: { tell: handler } }) };
}

describe('the service', () => {
  const order = teller(orders);
  const product = teller(catalog);
  const user = teller(users);
  const price = { amount: 1, currency: 'EUR' };
  let number = 0;

  async function opened(t: { after(end: () => Promise<void>): void }) {
    const shop = await system([
      order.definition,
      product.definition,
      user.definition,
      recommendations,
    ]);
    t.after(() => shop.close());
    for (const productId of ['cup', 'pot', 'tea', 'tin', 'mat']) {
      const facts = { sku: `SKU-${productId.toUpperCase()}`, name: `A ${productId}`, price };
      const more = { description: '', category: 'things' };
      await shop.invoke(product.tell, { event: 'created', productId, ...facts, ...more });
    }
    return shop;
  }

  async function buy(shop: System, customerId: string, ...ids: string[]) {
    const items = ids.map((productId) => ({ productId, sku: 'SKU', quantity: 1, price }));
    const orderId = `o-${++number}`;
    await shop.invoke(order.tell, { event: 'confirmed', orderId, customerId, items, total: price });
    await shop.runtime.settle();
  }

  async function together(shop: System, productId: string, limit = 10) {
    const answer = await shop.invoke(contractOfOurs.boughtTogether, { productId, limit });
    assert.ok(!isRefused(answer));
    return answer.items.map((one) => `${one.productName} ${one.orders}`);
  }

  async function recommended(shop: System, id: string) {
    const principal = new Principal({ kind: 'user', id, roles: ['customer'] });
    const answer = await shop.invoke(contractOfOurs.forUser, {}, { principal });
    assert.ok(!isRefused(answer));
    return [answer.basis, ...answer.items.map((one) => `${one.productId} ${one.orders}`)];
  }

  test('counts each pair once an order, whatever the quantities and the sequence', async (t) => {
    const shop = await opened(t);
    await buy(shop, 'ada', 'cup', 'tea', 'cup');
    await buy(shop, 'bob', 'tea', 'cup', 'pot');
    assert.deepEqual(await together(shop, 'cup'), ['A tea 2', 'A pot 1']);
    assert.deepEqual(await together(shop, 'pot'), ['A cup 1', 'A tea 1']);
    assert.deepEqual(await together(shop, 'cup', 1), ['A tea 2']);
    assert.deepEqual(await together(shop, 'mat'), []);
    const unknown = await shop.invoke(contractOfOurs.boughtTogether, { productId: 'none' });
    assert.ok(isRefused(unknown) && unknown.refusal === 'PRODUCT_NOT_FOUND');
  });

  test('recommends what goes with the basket, else what is bought most', async (t) => {
    const shop = await opened(t);
    await buy(shop, 'ada', 'cup', 'tea');
    await buy(shop, 'bob', 'cup', 'tin');
    await buy(shop, 'bob', 'tea');
    await buy(shop, 'eve', 'mat');
    assert.deepEqual(await recommended(shop, 'ada'), ['bought_together', 'tin 1']);
    assert.deepEqual(await recommended(shop, 'eve'), ['popular', 'cup 2', 'tea 2', 'tin 1']);
    assert.deepEqual(await recommended(shop, 'new'), [
      'popular',
      'cup 2',
      'tea 2',
      'mat 1',
      'tin 1',
    ]);
  });

  test('forgets the basket of somebody who was erased', async (t) => {
    const shop = await opened(t);
    await buy(shop, 'ada', 'cup', 'tea');
    await buy(shop, 'bob', 'cup', 'tin');
    await shop.invoke(user.tell, { event: 'erased', userId: 'ada' });
    await shop.runtime.settle();
    assert.equal((await recommended(shop, 'ada'))[0], 'popular');
  });

  test('follows the name of a product, and an order of a hundred things stays bounded', async (t) => {
    const shop = await opened(t);
    const ids = Array.from({ length: 100 }, (_, index) => `p-${String(index).padStart(3, '0')}`);
    await buy(shop, 'ada', ...ids);
    const answer = await shop.invoke(contractOfOurs.forUser, { limit: '20' });
    assert.ok(!isRefused(answer));
    assert.equal(answer.items.length, 20);
    assert.equal(answer.items[0]?.productName, null);
    const facts = { sku: 'SKU-CUP', name: 'The cup', description: '', category: 'things', price };
    await shop.invoke(product.tell, { event: 'updated', productId: 'cup', ...facts });
    await buy(shop, 'bob', 'tea', 'cup');
    assert.deepEqual(await together(shop, 'tea'), ['The cup 1']);
  });
});
