import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limiter } from './index.ts';

const QUOTA = { windowMs: 60_000, max: 3, window: 'fixed' } as const;

function setting(keysMax = 100) {
  let now = 5_000.5;
  const calls = limiter({ clock: () => now, keysMax });
  const pass = (ms: number) => {
    now += ms;
  };
  return { calls, pass };
}

test('a fixed window admits so many from its first call on, and all again when it is over', () => {
  const { calls, pass } = setting();
  const seen = () => {
    const { isAllowed, remaining, waitMs } = calls.take('k', QUOTA);
    return [isAllowed, remaining, waitMs];
  };
  assert.deepEqual(seen(), [true, 2, 60_000]);
  pass(50_000);
  assert.deepEqual(seen(), [true, 1, 10_000]);
  assert.deepEqual(seen(), [true, 0, 10_000]);
  assert.deepEqual(seen(), [false, 0, 10_000]);
  pass(9_999);
  assert.deepEqual(seen(), [false, 0, 1]);
  pass(1);
  assert.deepEqual(seen(), [true, 2, 60_000]);
});

test('one key may have a sliding quota and another a fixed one', () => {
  const { calls, pass } = setting();
  const sliding = { windowMs: 60_000, max: 3 };
  for (let call = 0; call < 4; call += 1) {
    assert.equal(calls.take('a', sliding).isAllowed, call < 3);
    assert.equal(calls.take('b', QUOTA).isAllowed, call < 3);
  }
  pass(20_000);
  assert.equal(calls.take('a', sliding).isAllowed, true);
  assert.equal(calls.take('b', QUOTA).isAllowed, false);
});

test('made-up keys are bounded and share one window', () => {
  const { calls } = setting(10);
  let passed = 0;
  for (let one = 0; one < 1_000; one += 1)
    if (calls.take(`made-up-${one}`, QUOTA).isAllowed) passed += 1;
  assert.equal(passed, 10 + 3);
  assert.ok(calls.size <= 11, String(calls.size));
});
