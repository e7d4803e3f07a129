import assert from 'node:assert/strict';
import { test } from 'node:test';
import { split } from './index.ts';

const KEYS = Array.from({ length: 20_000 }, (_, at) => `user-${at}`);
const shareOf = (of: (key: string) => string, name: string) =>
  KEYS.filter((key) => of(key) === name).length / KEYS.length;

test('keys are shared out by weight, and a key stays where it is', () => {
  const of = split({ stable: 90, next: 10 }, 'orders');
  assert.ok(Math.abs(shareOf(of, 'next') - 0.1) < 0.01, String(shareOf(of, 'next')));
  const again = split({ stable: 90, next: 10 }, 'orders');
  assert.ok(KEYS.every((key) => of(key) === again(key)));
});

test('when a weight grows keys move to that one alone', () => {
  const before = split({ stable: 90, next: 10 });
  const after = split({ stable: 70, next: 30 });
  const moved = KEYS.filter((key) => before(key) !== after(key));
  assert.ok(moved.every((key) => after(key) === 'next'));
  assert.ok(Math.abs(moved.length / KEYS.length - 0.2) < 0.02);
});

test('two splits share the same keys out independently', () => {
  const [a, b] = [split({ x: 50, y: 50 }, 'a'), split({ x: 50, y: 50 }, 'b')];
  const both = KEYS.filter((key) => a(key) === 'x' && b(key) === 'x').length / KEYS.length;
  assert.ok(Math.abs(both - 0.25) < 0.02, String(both));
});

test('a weight of 0 gets nothing, and weights that share nothing out are refused', () => {
  assert.equal(shareOf(split({ all: 1, none: 0 }), 'none'), 0);
  for (const weights of [{}, { a: 0 }, { a: -1, b: 2 }, { a: Number.NaN }])
    assert.throws(() => split(weights as Record<string, number>), { code: 'BAD_DEFINITION' });
});
