// Are the orders of a run as many of each kind as they should be, and the same for the same seed?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Product } from '../client/products.ts';
import { isSlow, type Kind, type PlanOptions, plan } from './plan.ts';

const product = (id: string): Product => ({
  id,
  sku: id.toUpperCase(),
  name: id,
  category: 'things',
  price: { amount: 100, currency: 'EUR' },
});
const OPTIONS: PlanOptions = {
  orders: 3_000,
  seed: 1,
  assortment: { plenty: ['pan', 'pot', 'jug'].map(product), scarce: [product('orb')] },
  oneSku: false,
  onlyVisa: false,
};

const countOf = (kinds: readonly Kind[], all: ReturnType<typeof plan>) =>
  all.filter(({ kind }) => kinds.includes(kind)).length;

test('has enough of every outcome among three thousand, by quota', () => {
  for (const seed of [1, 2, 3]) {
    const all = plan({ ...OPTIONS, seed });
    assert.equal(all.length, 3_000);
    assert.ok(countOf(['declined', 'insufficientFunds'], all) >= 100);
    assert.ok(countOf(['outOfStock'], all) >= 30);
    assert.ok(countOf(['visa', 'dropped', 'error', 'slow', 'twice'], all) >= 2_500);
  }
});

test('has few orders that the provider takes seconds over, and those early', () => {
  const all = plan({ ...OPTIONS, orders: 10_000 });
  const slow = all.filter(({ kind }) => isSlow(kind));
  assert.equal(slow.length, 60);
  assert.ok(slow.every(({ number }) => number < 5_100));
});

test('is the same for the same seed, and another for another', () => {
  assert.deepEqual(plan(OPTIONS), plan(OPTIONS));
  assert.notDeepEqual(plan(OPTIONS), plan({ ...OPTIONS, seed: 2 }));
});

test('asks for more than there is where it wants to be out of stock, and nowhere else', () => {
  for (const { kind, items } of plan(OPTIONS)) {
    const [first] = items;
    assert.equal(first?.productId === 'orb' && first.quantity === 1_000, kind === 'outOfStock');
    assert.ok(items.length >= 1 && items.length <= 3);
  }
});

test('puts all orders on one product, or all on approved cards, when asked', () => {
  const one = plan({ ...OPTIONS, oneSku: true, onlyVisa: true });
  assert.ok(one.every(({ kind, items }) => kind === 'visa' && items[0]?.productId === 'pan'));
});

test('never has more orders than asked for, however few', () => {
  for (const orders of [1, 2, 5, 20]) assert.equal(plan({ ...OPTIONS, orders }).length, orders);
});
