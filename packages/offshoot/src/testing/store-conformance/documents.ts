// Are documents found again: by id, by index, in order, and never after their removal?
import assert from 'node:assert/strict';
import {
  andThen,
  ended,
  every,
  many,
  map,
  one,
  put,
  remove,
  streamOf,
  where,
} from '../../store/index.ts';
import type { StorePart } from '../store-under-test.ts';
import { change, ends, load, makes, on, stage, toys } from './toys.ts';

const ids = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id);
const toy = (colour: string, size: number) => ({ colour, size });

const five = () =>
  change(
    [],
    ['c', 'a', 'e', 'b', 'd'].map((id, size) =>
      put(toys, id, toy(id === 'e' ? 'blue' : 'red', size)),
    ),
  );

export const storeDocuments: StorePart = (open) => [
  {
    name: 'a revision starts at 1 and grows by one with each change',
    run: on(open, async ({ store }) => {
      for (const size of [1, 2, 3])
        await stage(store, change([], [put(toys, 'a', toy('red', size))]));
      assert.deepEqual(await load(store, one(toys, 'a')), {
        id: 'a',
        revision: 3,
        data: toy('red', 3),
      });
    }),
  },
  {
    name: 'where finds by index, in the order of ids, within limit, after and newest first',
    run: on(open, async ({ store }) => {
      await stage(store, five());
      const red = (options = {}) => load(store, where(toys, 'colour', 'red', options));
      assert.deepEqual(ids(await red()), ['a', 'b', 'c', 'd']);
      assert.deepEqual(ids(await red({ limit: 2 })), ['a', 'b']);
      assert.deepEqual(ids(await red({ limit: 2, after: 'b' })), ['c', 'd']);
      assert.deepEqual(ids(await red({ newestFirst: true })), ['d', 'c', 'b', 'a']);
      assert.deepEqual(ids(await red({ newestFirst: true, limit: 2, after: 'c' })), ['b', 'a']);
      assert.deepEqual(ids(await load(store, every(toys))), ['a', 'b', 'c', 'd', 'e']);
    }),
  },
  {
    name: 'where gives at most 100 documents unless asked for more',
    run: on(open, async ({ store }) => {
      const lots = Array.from({ length: 120 }, (_, n) => put(toys, `t${n}`, toy('red', n)));
      await stage(store, change([], lots));
      assert.equal((await load(store, where(toys, 'colour', 'red'))).length, 100);
      assert.equal((await load(store, where(toys, 'colour', 'red', { limit: 200 }))).length, 120);
    }),
  },
  {
    name: 'an index follows the change and the removal of its document',
    run: on(open, async ({ store }) => {
      await stage(store, five());
      await stage(store, change([], [put(toys, 'a', toy('blue', 9)), remove(toys, 'b')]));
      assert.deepEqual(ids(await load(store, where(toys, 'colour', 'red'))), ['c', 'd']);
      assert.deepEqual(ids(await load(store, where(toys, 'colour', 'blue'))), ['a', 'e']);
      assert.equal(await load(store, one(toys, 'b')), undefined);
    }),
  },
  {
    name: 'removing what is absent is fine',
    run: on(open, async ({ store }) => {
      await stage(store, change([], [remove(toys, 'nobody')]));
    }),
  },
  {
    name: 'many keeps the order asked and says what is missing',
    run: on(open, async ({ store }) => {
      await stage(store, five());
      const found = await load(store, many(toys, ['b', 'x', 'a']));
      assert.deepEqual(
        found.map((each) => each?.id),
        ['b', undefined, 'a'],
      );
    }),
  },
  {
    name: 'needs compose: what is read next may depend on what was read first',
    run: on(open, async ({ store }) => {
      await stage(store, five());
      const first = map(one(toys, 'e'), (found) => found?.data.colour ?? '');
      const found = await load(
        store,
        andThen(first, (colour) => where(toys, 'colour', colour)),
      );
      assert.deepEqual(ids(found), ['e']);
    }),
  },
  {
    name: 'a stream says its version, also when nothing lies after the version asked for',
    run: on(open, async ({ store }) => {
      await stage(store, makes('a'));
      await stage(store, makes('a'));
      const read = async (after: number) => load(store, streamOf('toy/a', after));
      assert.deepEqual(
        (await read(1)).events.map(({ version }) => version),
        [2],
      );
      assert.equal((await read(2)).version, 2);
      assert.equal((await read(9)).version, 2);
      assert.equal((await load(store, streamOf('toy/none', 3))).version, 0);
    }),
  },
  {
    name: 'what has ended is found by its end, the first first, and nothing else is',
    run: on(open, async ({ store }) => {
      const tickets = [40, 10, undefined, 20, 30].map((until, n) =>
        put(ends, `t${n}`, until === undefined ? {} : { until }),
      );
      await stage(store, change([], tickets));
      const found = async (before: number, limit: number) =>
        ids(await load(store, ended(ends, before, limit)));
      assert.deepEqual(await found(30, 10), ['t1', 't3']);
      assert.deepEqual(await found(99, 3), ['t1', 't3', 't4']);
      await stage(store, change([], [put(ends, 't1', { until: 50 }), remove(ends, 't3', 1)]));
      assert.deepEqual(await found(99, 10), ['t4', 't0', 't1']);
      const staged = stage(store, change([], [put(ends, 't5', { until: 1 })]));
      assert.deepEqual(await found(5, 10), ['t5'], 'what is staged counts');
      await staged;
    }),
  },
  {
    name: 'a field without an index cannot be asked for',
    run: on(open, async ({ store }) => {
      await assert.rejects(async () => load(store, where(toys, 'size', 1)));
    }),
  },
];
