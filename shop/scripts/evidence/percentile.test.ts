// Are percentiles the nearest rank?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { p50AndP99, percentile } from './percentile.ts';

test('is the value at the nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.deepEqual(p50AndP99(hundred), { p50: 50, p99: 99 });
  assert.equal(percentile([7], 1), 7);
  assert.equal(percentile([1.26, 9], 50), 1.3);
});

test('of nothing is 0', () => {
  assert.deepEqual(p50AndP99([]), { p50: 0, p99: 0 });
});
