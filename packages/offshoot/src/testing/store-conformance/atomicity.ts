// Is a unit stored whole or not at all, and refused at once when somebody was faster?
import assert from 'node:assert/strict';
import { append, one, put, remove, streamOf } from '../../store/index.ts';
import type { StorePart } from '../store-under-test.ts';
import { change, isConflict, load, made, makes, on, refuses, stage, toys } from './toys.ts';

const red = { colour: 'red', size: 1 };

export const storeAtomicity: StorePart = (open, features) => [
  {
    name: 'a unit writes its events and documents together',
    run: on(open, async ({ store }) => {
      await stage(
        store,
        change([append('toy/a', [made('a'), made('a')], 0)], [put(toys, 'a', red)]),
      );
      assert.equal((await load(store, streamOf('toy/a'))).version, 2);
      assert.deepEqual(await load(store, one(toys, 'a')), { id: 'a', revision: 1, data: red });
    }),
  },
  {
    name: 'a document at another revision is a conflict at once, and nothing of the unit is written',
    run: on(open, async ({ store }) => {
      await stage(store, change([], [put(toys, 'a', red, 0)]));
      const late = change(
        [append('toy/b', [made('b')])],
        [put(toys, 'b', red), put(toys, 'a', red, 7)],
      );
      await refuses(features, () => stage(store, late), isConflict);
      await store.settled();
      assert.equal(await load(store, one(toys, 'b')), undefined);
      assert.equal((await load(store, streamOf('toy/b'))).version, 0);
      assert.equal(store.head().seq, 0);
    }),
  },
  {
    name: 'a stream at another version is a conflict at once, and nothing of the unit is written',
    run: on(open, async ({ store }) => {
      await stage(store, makes('a', 0));
      const late = change(
        [append('toy/b', [made('b')]), append('toy/a', [made('a')], 5)],
        [put(toys, 'b', red)],
      );
      await refuses(features, () => stage(store, late), isConflict);
      await store.settled();
      assert.equal(await load(store, one(toys, 'b')), undefined);
      assert.equal(store.head().seq, 1);
    }),
  },
  {
    name: 'expected 0 means that the stream must not exist',
    run: on(open, async ({ store }) => {
      await stage(store, makes('a', 0));
      await refuses(features, () => stage(store, makes('a', 0)), isConflict);
    }),
  },
  {
    name: 'expected 0 means that the document must not exist',
    run: on(open, async ({ store }) => {
      await stage(store, change([], [put(toys, 'a', red, 0)]));
      await refuses(features, () => stage(store, change([], [put(toys, 'a', red, 0)])), isConflict);
      await stage(store, change([], [remove(toys, 'a', 1)]));
      await stage(store, change([], [put(toys, 'a', red, 0)]));
    }),
  },
  {
    name: 'two writers of the same turn at the same version: the second conflicts',
    run: on(open, async ({ store }) => {
      const first = stage(store, makes('a', 0));
      await refuses(features, () => stage(store, makes('a', 0)), isConflict);
      await first;
      assert.equal((await load(store, streamOf('toy/a'))).version, 1);
    }),
  },
  {
    name: 'a unit whose value cannot be stored spares the others of its turn',
    run: on(open, async ({ store }) => {
      const good = stage(store, makes('a', 0));
      const bad = change([append('toy/b', [made('b', { n: 1n })])]);
      await refuses(features, () => stage(store, bad));
      await good;
      assert.equal(store.head().seq, 1);
    }),
  },
  {
    name: 'a change whose basis is not the failure count is a conflict',
    run: on(open, async ({ store }) => {
      assert.throws(() => store.stage(makes('a'), store.failures + 1), isConflict);
    }),
  },
];
