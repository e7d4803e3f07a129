// Does a change that is not stored yet read as if it were?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  andThen,
  collection,
  type Document,
  many,
  map,
  one,
  put,
  remove,
  where,
} from '../store/index.ts';
import { bench, manualRuntime, testStamp } from '../testing/index.ts';
import { overlay } from './overlay.ts';

const cups = collection<{ color: string }>('cups', { indexes: ['color'] });

async function opened() {
  const { store } = bench({ runtime: manualRuntime(), collections: [cups] });
  const documents = [put(cups, 'a', { color: 'red' }), put(cups, 'b', { color: 'red' })];
  await store.stage({ appends: [], documents, stamp: testStamp() }, 0);
  const rows = overlay(store, () => {
    void store.stage({ appends: [], documents: rows.take(), stamp: testStamp() }, 0);
  });
  return { store, rows };
}

test('what was put is read back, through every kind of need', async () => {
  const { rows } = await opened();
  rows.load(one(cups, 'b'));
  rows.put([
    put(cups, 'a', { color: 'blue' }),
    put(cups, 'c', { color: 'blue' }),
    remove(cups, 'b'),
  ]);
  const colors = map(many(cups, ['a', 'b', 'c']), (found) => found.map((cup) => cup?.data.color));
  assert.deepEqual(rows.load(colors), ['blue', undefined, 'blue']);
  const next = andThen(one(cups, 'c'), (cup) => one(cups, cup ? 'a' : 'b'));
  assert.equal(rows.load(next).data.color, 'blue');
});

test('a look-up by index sees what was put before it', async () => {
  const { rows } = await opened();
  rows.put([put(cups, 'c', { color: 'red' }), remove(cups, 'a')]);
  const found: Document<unknown>[] = rows.load(where(cups, 'color', 'red'));
  assert.deepEqual(
    found.map(({ id }) => id),
    ['b', 'c'],
  );
  assert.equal(rows.dirty, 0);
});

test('a row that changes often is written once, as it was last', async () => {
  const { rows } = await opened();
  for (let index = 0; index < 9; index += 1) rows.put([put(cups, 'a', { color: `c${index}` })]);
  assert.equal(rows.dirty, 1);
  assert.deepEqual(
    rows.take().map(({ id, data }) => [id, data?.color]),
    [['a', 'c8']],
  );
  assert.deepEqual(rows.take(), []);
});

test('an expected revision is that of the row which was loaded', async () => {
  const { rows } = await opened();
  assert.equal(rows.load(one(cups, 'a')).revision, 1);
  rows.put([put(cups, 'a', { color: 'blue' }, 1)]);
  rows.put([put(cups, 'a', { color: 'green' }, 2)]);
  assert.throws(() => rows.put([put(cups, 'a', { color: 'black' }, 2)]), /is at revision 3, not 2/);
});

test('after a failure nothing is known but what is stored', async () => {
  const { rows } = await opened();
  rows.put([put(cups, 'a', { color: 'blue' })]);
  rows.forget();
  assert.equal(rows.load(one(cups, 'a')).data.color, 'red');
  assert.equal(rows.dirty, 0);
});
