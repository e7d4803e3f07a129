// Is a list of rows what the database keeps, whatever is in its cells?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { rowList } from './row-list.ts';
import { rowsOf } from './rows-under-test.ts';

const UUID = '01a20076-b12f-7001-bcd7-6f90d23b4028';

test('each type is written as the database keeps it, and what is absent is NULL', () => {
  const list = rowList(4711, ['text', 'int', 'bigint', 'float8', 'uuid', 'text']);
  list.add(['a', -1, 1_795_304_108_335, 0.5, UUID, null]);
  list.add(['', 2 ** 31 - 1, -5, -1e300, UUID.toUpperCase(), undefined]);
  const uuid = UUID.replaceAll('-', '');
  assert.deepEqual(rowsOf(list.take()), [
    ['a', -1, 1_795_304_108_335, 0.5, uuid, null],
    ['', 2 ** 31 - 1, -5, -1e300, uuid, null],
  ]);
});

test('the head says the type of a row, and how many there are', () => {
  const list = rowList(4711, ['int']);
  list.add([1]);
  list.add([2]);
  const bytes = list.take();
  const head = [0, 4, 8, 12, 16].map((at) => bytes.readInt32BE(at));
  assert.deepEqual(head, [1, 0, 4711, 2, 1]);
  assert.deepEqual([...list.take()], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x12, 0x67], 'none');
});

test('what was taken does not change when the list is filled again', () => {
  const list = rowList(1, ['text']);
  list.add(['before']);
  const taken = list.take();
  list.add(['after, and longer']);
  assert.deepEqual(rowsOf(taken), [['before']]);
  assert.deepEqual(rowsOf(list.take()), [['after, and longer']]);
});

test('texts of any length and script come back, numbers too, past the memory it began with', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.string({ maxLength: 80 }),
  );
  const row = fc.tuple(text, fc.maxSafeInteger(), fc.option(text));
  fc.assert(
    fc.property(fc.array(row, { maxLength: 60 }), (rows) => {
      const list = rowList(1, ['text', 'bigint', 'text']);
      for (const one of rows) list.add(one);
      const wellFormed = rows.map((one) =>
        one.map((cell) => (typeof cell === 'string' ? cell.toWellFormed() : cell)),
      );
      assert.deepEqual(rowsOf(list.take()), wellFormed);
    }),
    { seed: 5, numRuns: 200 },
  );
});
