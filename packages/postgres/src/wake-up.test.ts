// Are others called soon after a commit, and seldom when there are many?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualRuntime } from 'offshoot/testing';
import type { Connection } from './connection.ts';
import { wakeUp } from './wake-up.ts';

function scene() {
  const runtime = manualRuntime();
  const told: string[] = [];
  const connection = {
    isUp: true,
    async run({ name }: { name: string }, values: readonly string[]) {
      if (name === 'tell') told.push(values[1]!);
      return [['0']];
    },
  } as unknown as Connection;
  const waking = wakeUp({
    ...{ runtime, connection, channel: 'c', seq: 0, pollMs: 1_000 },
    ...{ onOutbox: () => {}, onOthers: () => {} },
  });
  return { runtime, told, waking };
}

test('a lone commit is told after 1 ms, each time', async () => {
  const { runtime, told, waking } = scene();
  for (const seq of [1, 2, 3]) {
    waking.tell(seq);
    await runtime.advance(1);
    assert.equal(told.at(-1), String(seq));
    await runtime.advance(9);
  }
  assert.equal(told.length, 3);
});

test('many are a call every 5 ms, and the last one is among them', async () => {
  const { runtime, told, waking } = scene();
  for (let seq = 1; seq <= 100; seq += 1) {
    waking.tell(seq);
    await runtime.advance(1);
  }
  await runtime.advance(10);
  assert.ok(told.length >= 20 && told.length <= 23, `${told.length} calls in 100 ms`);
  assert.equal(told.at(-1), '100');
});
