// Does the tail of the log show what the table would, or say that it cannot?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logTail } from './log-tail.ts';

const entry = (seq: number, isPublic = true, data = '{}') => ({
  ...{ epoch: 1, seq, unit: 'u', stream: 's', version: seq, id: `${seq}`, type: 't', schema: 1 },
  ...{ at: 1, key: 'k', correlation: 'c', causation: 'c', actor: 'a', tenant: '', sum: 0 },
  ...{ public: isPublic, data, meta: '{}' },
});

const seqs = (entries: readonly { readonly seq: number }[] | undefined) =>
  entries?.map(({ seq }) => seq);

test('a page has what is above one position and up to another, and no more than its limit', () => {
  const tail = logTail();
  assert.equal(tail.page(0, 0, 10), undefined);
  for (let seq = 5; seq <= 9; seq += 1) tail.push(entry(seq, seq % 2 === 1));
  assert.equal(tail.page(3, 9, 10), undefined);
  assert.deepEqual(seqs(tail.page(4, 9, 10)), [5, 6, 7, 8, 9]);
  assert.deepEqual(seqs(tail.page(5, 8, 10)), [6, 7, 8]);
  assert.deepEqual(seqs(tail.page(4, 9, 2)), [5, 6]);
  assert.deepEqual(seqs(tail.page(4, 9, 2, 'public')), [5, 7]);
  assert.deepEqual(seqs(tail.page(9, 9, 2)), []);
});

test('what a failed flush took back is gone, and the same numbers come again', () => {
  const tail = logTail();
  for (let seq = 1; seq <= 4; seq += 1) tail.push(entry(seq));
  tail.cut(2);
  tail.push(entry(3, false));
  assert.deepEqual(seqs(tail.page(0, 3, 10)), [1, 2, 3]);
  assert.deepEqual(seqs(tail.page(0, 3, 10, 'public')), [1, 2]);
  tail.cut(0);
  assert.equal(tail.page(0, 0, 10), undefined);
});

test('it keeps what the last flush wrote, and little more, and then does not reach back', () => {
  const tail = logTail();
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

test('entries that hold much make room earlier', () => {
  const tail = logTail();
  for (let seq = 1; seq <= 1_000; seq += 1)
    tail.push(entry(seq, true, `{"text":"${'x'.repeat(10_000)}"}`));
  assert.equal(tail.page(500, 1_000, 10), undefined);
  assert.deepEqual(seqs(tail.page(998, 1_000, 10)), [999, 1_000]);
});
