// Do positions of a restored store tell which history they belong to?
import assert from 'node:assert/strict';
import { append, isInHistory, START, type Store } from '../../store/index.ts';
import type { Check } from '../check.ts';
import type { OpenedStore, OpenStore, StorePart } from '../store-under-test.ts';
import { change, made, makes, on, stage } from './toys.ts';

const positions = async (store: Store) =>
  (await store.readLog(START, 100)).entries.map(({ epoch, seq }) => `${epoch}.${seq}`);

/** Three entries in epoch 1, two in epoch 2. */
async function forked({ store, fork }: OpenedStore): Promise<Store> {
  for (const key of ['a', 'b', 'a']) await stage(store, makes(key));
  const restored = await fork!(2);
  await stage(restored, change([append('toy/a', [made('a'), made('c')])]));
  return restored;
}

const forks = (open: OpenStore): Check[] => [
  {
    name: 'after a restore positions go on densely, in the new epoch',
    run: on(open, async (opened) => {
      const store = await forked(opened);
      assert.equal(store.epoch, 2);
      assert.deepEqual(store.epochs, [
        { epoch: 1, forkedAt: 0 },
        { epoch: 2, forkedAt: 3 },
      ]);
      assert.deepEqual(await positions(store), ['1.1', '1.2', '1.3', '2.4', '2.5']);
    }),
  },
  {
    name: 'the entry before of a key is named with the epoch it was written in',
    run: on(open, async (opened) => {
      const store = await forked(opened);
      const { entries } = await store.readLog({ epoch: 1, seq: 3 }, 10);
      assert.deepEqual(entries[0]?.previous, { epoch: 1, seq: 3 });
    }),
  },
  {
    name: 'a page ends, and the log has its head, where an entry is, with the epoch of that entry',
    run: on(open, async (opened) => {
      const { store, fork } = opened;
      for (const key of ['a', 'b']) await stage(store, makes(key));
      const restored = await fork!(2);
      assert.deepEqual(restored.head(), { epoch: 1, seq: 2 }, 'nothing is in the new epoch yet');
      assert.deepEqual((await restored.readLog(START, 10)).upto, { epoch: 1, seq: 2 });
      assert.deepEqual((await stage(restored, makes('c'))).position, { epoch: 2, seq: 3 });
      assert.deepEqual((await restored.readLog(START, 1)).upto, { epoch: 1, seq: 1 });
      assert.deepEqual((await restored.readLog(START, 9)).upto, { epoch: 2, seq: 3 });
    }),
  },
  {
    name: 'what was read before the restore, above its head, is in no history any more',
    run: on(open, async (opened) => {
      const store = await forked(opened);
      assert.equal(isInHistory(store.epochs, { epoch: 1, seq: 3 }), true);
      assert.equal(isInHistory(store.epochs, { epoch: 1, seq: 4 }), false);
      assert.equal(isInHistory(store.epochs, { epoch: 2, seq: 4 }), true);
    }),
  },
];

export const storeEpochs: StorePart = (open, features) => [
  {
    name: 'a new store has one epoch, and its head says so',
    run: on(open, async ({ store }) => {
      assert.deepEqual([store.epoch, store.epochs], [1, [{ epoch: 1, forkedAt: 0 }]]);
      assert.deepEqual(store.head(), START);
    }),
  },
  {
    name: 'a reader that is ahead of the log is told where the log ends',
    run: on(open, async ({ store }) => {
      await stage(store, makes('a'));
      const page = await store.readLog({ epoch: 1, seq: 9 }, 10);
      assert.deepEqual([page.entries, page.upto], [[], { epoch: 1, seq: 1 }]);
    }),
  },
  ...(features.epochs ? forks(open) : []),
];
