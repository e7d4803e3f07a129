// Does one Ctrl-C count once, however often it is delivered?
import assert from 'node:assert/strict';
import test from 'node:test';
import { interrupts } from './interrupts.ts';

function counting() {
  const calls: string[] = [];
  const { arrived } = interrupts({
    first: () => void calls.push('first'),
    second: () => void calls.push('second'),
  });
  return { arrived, calls };
}

test('two signals within half a second are one', () => {
  const { arrived, calls } = counting();
  arrived(1_000);
  arrived(1_499);
  assert.deepEqual(calls, ['first']);
});

test('a later one is a second, and a third changes nothing', () => {
  const { arrived, calls } = counting();
  for (const at of [0, 600, 1_200]) arrived(at);
  assert.deepEqual(calls, ['first', 'second']);
});
