import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gcra } from './index.ts';

function setting(keysMax = 100) {
  let now = 12_345.678;
  const limiter = gcra({ clock: () => now, keysMax });
  return {
    limiter,
    pass: (ms: number) => {
      now += ms;
    },
    /** How many of `tries` pass at once. */
    burst: (key: string, quota: { windowMs: number; max: number }, tries: number) =>
      Array.from({ length: tries }, () => limiter.take(key, quota)).filter((one) => one.isAllowed)
        .length,
  };
}

test('exactly so many pass at once, whatever the numbers', () => {
  const numbers = fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 900_000 }));
  fc.assert(
    fc.property(numbers, ([max, windowMs]) => {
      const { burst } = setting();
      return burst('k', { windowMs, max }, max + 3) === max;
    }),
  );
});

test('they come back one by one, and the whole quota after the window', () => {
  const { limiter, burst, pass } = setting();
  const quota = { windowMs: 60_000, max: 60 };
  assert.equal(burst('k', quota, 100), 60);
  assert.equal(limiter.take('k', quota).waitMs, 1_000);
  pass(999);
  assert.equal(burst('k', quota, 5), 0);
  pass(1);
  assert.equal(burst('k', quota, 5), 1);
  pass(60_000);
  assert.equal(burst('k', quota, 100), 60);
});

test('says how many are left, and when it will be whole', () => {
  const { limiter } = setting();
  const quota = { windowMs: 1_000, max: 4 };
  const seen = Array.from({ length: 5 }, () => limiter.take('k', quota));
  assert.deepEqual(
    seen.map(({ remaining, waitMs }) => [remaining, waitMs]),
    [
      [3, 250],
      [2, 500],
      [1, 750],
      [0, 1_000],
      [0, 250],
    ],
  );
});

test('in any window of time at most twice the quota passes, on the long run the quota', () => {
  const { limiter, pass } = setting();
  const quota = { windowMs: 1_000, max: 10 };
  let passed = 0;
  for (let ms = 0; ms < 100_000; ms += 10) {
    if (limiter.take('k', quota).isAllowed) passed += 1;
    pass(10);
  }
  assert.ok(passed >= 1_000 && passed <= 1_010, String(passed));
});

test('keys are bounded, and making up keys gives nobody a fresh quota', () => {
  const { limiter, burst, pass } = setting(10);
  const quota = { windowMs: 1_000, max: 2 };
  assert.equal(burst('known', quota, 5), 2);
  let strangers = 0;
  for (let one = 0; one < 1_000; one += 1) strangers += burst(`made-up-${one}`, quota, 2);
  assert.ok(limiter.size <= 11, String(limiter.size));
  assert.equal(strangers, 9 * 2 + 2, 'nine keys of their own, and one quota for all the others');
  assert.equal(burst('known', quota, 1), 0, 'who was limited before the crowd came still is');
  pass(2_000);
  assert.equal(burst('newcomer', quota, 3), 2);
  assert.ok(limiter.size <= 11);
});
