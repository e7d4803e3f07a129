import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualRuntime } from '../testing/index.ts';
import { DRIVEN_MAX, driver } from './driver.ts';
import { dueHeap } from './due-heap.ts';

interface Stage {
  readonly runtime: ReturnType<typeof manualRuntime>;
  readonly line: ReturnType<typeof driver>;
  /** Ids in the order in which they were carried. */
  readonly carried: string[];
  /** Lets the carrying of an id end, to come again at `due` or not. */
  end(id: string, due?: number): Promise<void>;
}

function stage(limits: Record<string, number> = {}): Stage {
  const runtime = manualRuntime({ at: 0 });
  const carried: string[] = [];
  const ends = new Map<string, (due: number | undefined) => void>();
  const carry = (id: string) => {
    carried.push(id);
    return new Promise<number | undefined>((resolve) => ends.set(id, resolve));
  };
  const line = driver({ runtime, carry, limitOf: (group) => limits[group], refill: () => {} });
  const end = async (id: string, due?: number) => {
    ends.get(id)?.(due);
    await runtime.settle();
  };
  return { runtime, line, carried, end };
}

test('so many are carried at once, and the first in line is the next', async () => {
  const { line, carried, end } = stage();
  for (let number = 0; number < DRIVEN_MAX + 3; number += 1) line.wake(`s${number}`, 'a');
  assert.equal(carried.length, DRIVEN_MAX);
  assert.equal(line.size, DRIVEN_MAX + 3);
  await end('s7');
  assert.equal(carried.at(-1), `s${DRIVEN_MAX}`);
});

test('a group has at most its limit carried, whatever it waits for, and takes nobody else’s room', async () => {
  const { line, carried, end } = stage({ slow: 2 });
  for (const id of ['s1', 's2', 's3', 's4']) line.wake(id, 'slow');
  line.wake('q1', 'quick');
  assert.deepEqual(carried, ['s1', 's2', 'q1']);
  await end('s2');
  assert.deepEqual(carried.slice(3), ['s3']);
});

test('groups come by turns, so that a long line of one does not starve another', async () => {
  const { line, carried, end } = stage();
  for (let number = 0; number < DRIVEN_MAX + 10; number += 1) line.wake(`a${number}`, 'a');
  for (let number = 0; number < 3; number += 1) line.wake(`b${number}`, 'b');
  for (let number = 0; number < 4; number += 1) await end(`a${number}`);
  assert.deepEqual(
    carried.slice(DRIVEN_MAX).map((id) => id[0]),
    ['a', 'b', 'a', 'b'],
  );
});

test('who waits for a time holds no place, and comes at that time', async () => {
  const { runtime, line, carried, end } = stage({ a: 1 });
  line.wake('x', 'a');
  line.wake('y', 'a');
  await end('x', 3_600_000);
  assert.deepEqual(carried, ['x', 'y']);
  await end('y');
  assert.equal(line.size, 1);
  await runtime.advance(3_599_999);
  assert.deepEqual(carried, ['x', 'y']);
  await runtime.advance(1);
  assert.deepEqual(carried, ['x', 'y', 'x']);
  assert.equal(runtime.timers, 0, 'with nobody waiting there is no timer');
});

test('a wake of one that is carried carries it once more, and one that waits comes at once', async () => {
  const { line, carried, end } = stage();
  line.wake('x', 'a');
  line.wake('x', 'a');
  await end('x', 1_000);
  assert.deepEqual(carried, ['x', 'x']);
  await end('x', 1_000);
  line.wake('x', 'a');
  assert.deepEqual(carried, ['x', 'x', 'x']);
  assert.equal(line.size, 1);
});

test('a driver that was stopped carries nobody else', async () => {
  const { runtime, line, carried, end } = stage({ a: 1 });
  line.wake('x', 'a');
  line.wake('y', 'a');
  line.stop();
  await end('x', 1_000);
  await runtime.advance(10_000);
  assert.deepEqual(carried, ['x']);
});

test('the heap gives ids by their time, moved and removed ones included', () => {
  const heap = dueHeap();
  for (let number = 0; number < 5_000; number += 1)
    heap.put(`s${number}`, 'a', (number * 7919) % 5_003);
  for (let number = 0; number < 5_000; number += 2) heap.put(`s${number}`, 'a', 10_000 - number);
  for (let number = 0; number < 5_000; number += 5) heap.remove(`s${number}`);
  const taken = heap.take(20_000);
  assert.equal(taken.length, 4_000);
  assert.deepEqual([heap.size, heap.first()], [0, undefined]);
  for (let at = 1; at < taken.length; at += 1) assert.ok(taken[at - 1]!.due <= taken[at]!.due);
});
