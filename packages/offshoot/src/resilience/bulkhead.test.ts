import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bulkhead } from './index.ts';

function setting(runningMax = 2, waitingMax = 3) {
  const made = bulkhead({ name: 'kitchen', runningMax, waitingMax });
  const begun: number[] = [];
  const ends: PromiseWithResolvers<void>[] = [];
  const start = (number: number) =>
    made.run(() => {
      begun.push(number);
      const end = Promise.withResolvers<void>();
      ends.push(end);
      return end.promise;
    });
  return { made, begun, ends, start };
}
const soon = () => new Promise((resolve) => setImmediate(resolve));

test('so many run at once, the others wait in line and follow in order', async () => {
  const { begun, ends, start } = setting();
  const all = [1, 2, 3, 4].map(start);
  await soon();
  assert.deepEqual(begun, [1, 2]);
  ends[0]?.resolve();
  await soon();
  assert.deepEqual(begun, [1, 2, 3]);
  ends[1]?.reject(new Error('burnt'));
  await assert.rejects(all[1]!, /burnt/);
  await soon();
  assert.deepEqual(begun, [1, 2, 3, 4]);
});

test('one more than may wait is refused', async () => {
  const { begun, start } = setting(1, 1);
  void start(1);
  void start(2);
  await assert.rejects(start(3), { code: 'OVERLOADED' });
  assert.deepEqual(begun, [1]);
});

test('those that wait can be refused; those that run go on, and their room is free again', async () => {
  const { made, begun, ends, start } = setting(1);
  const first = start(1);
  const second = start(2);
  made.refuseWaiting(new Error('closed'));
  await assert.rejects(second, /closed/);
  const third = start(3);
  ends[0]?.resolve();
  await first;
  await soon();
  assert.deepEqual(begun, [1, 3]);
  ends[1]?.resolve();
  await third;
});
