// Does the tail of the log show what the table would, or say that it cannot?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logTail } from './log-tail.ts';

const entry = (seq: number, data = '{}') => ({
  ...{ epoch: 1, seq, unit: 'u', stream: 's', version: seq, id: `${seq}`, type: 't', schema: 1 },
  ...{ at: 1, key: 'k', correlation: 'c', causation: 'c', actor: 'a', tenant: '', sum: 0 },
  ...{ public: true, data, meta: '{}' },
});

const seqs = (entries: readonly { readonly seq: number }[] | undefined) =>
  entries?.map(({ seq }) => seq);

test('a page has what is above one position and up to another, and no more than its limit', () => {
  const tail = logTail(4);
  assert.deepEqual(tail.page(4, 4, 10), []);
  for (const seq of [5, 7, 8, 11]) tail.push(entry(seq));
  assert.equal(tail.page(3, 11, 10), undefined);
  assert.deepEqual(seqs(tail.page(4, 11, 10)), [5, 7, 8, 11]);
  assert.deepEqual(seqs(tail.page(5, 9, 10)), [7, 8]);
  assert.deepEqual(seqs(tail.page(6, 11, 2)), [7, 8]);
  assert.deepEqual(seqs(tail.page(11, 11, 2)), []);
});

test('what a failed flush took back is gone, and the same numbers come again', () => {
  const tail = logTail(0);
  for (let seq = 1; seq <= 4; seq += 1) tail.push(entry(seq));
  tail.cut(2);
  tail.push(entry(3));
  assert.deepEqual(seqs(tail.page(0, 3, 10)), [1, 2, 3]);
  tail.cut(0);
  assert.deepEqual(tail.page(0, 0, 10), []);
});

test('it keeps what the last flush wrote, and little more, and then does not reach back', () => {
  const tail = logTail(0);
  for (let seq = 1; seq <= 10_000; seq += 1) {
    tail.push(entry(seq));
    if (seq % 10 === 0) tail.flushing();
  }
  assert.equal(tail.page(7_900, 10_000, 10), undefined);
  assert.equal(tail.page(9_100, 10_000, 2_000)?.length, 900);
  for (let seq = 10_001; seq <= 20_000; seq += 1) tail.push(entry(seq));
  tail.flushing();
  assert.equal(tail.page(9_000, 20_000, 10), undefined);
  assert.deepEqual(seqs(tail.page(10_000, 20_000, 2)), [10_001, 10_002]);
});

test('entries that hold much make room earlier, also for what then never happens', () => {
  const tail = logTail(0);
  const heavy = `{"text":"${'x'.repeat(10_000)}"}`;
  for (let seq = 1; seq <= 100; seq += 1) tail.push(entry(seq));
  for (let seq = 101; seq <= 1_000; seq += 1) tail.push(entry(seq, heavy));
  assert.equal(tail.page(500, 1_000, 10), undefined);
  assert.deepEqual(seqs(tail.page(998, 1_000, 10)), [999, 1_000]);
  tail.cut(100);
  assert.equal(tail.page(99, 100, 10), undefined);
  tail.push(entry(101));
  assert.deepEqual(seqs(tail.page(100, 101, 10)), [101]);
});
