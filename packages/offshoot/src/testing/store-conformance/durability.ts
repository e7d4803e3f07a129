// What does a flush promise, and what becomes of everybody when it fails?
import assert from 'node:assert/strict';
import { append, every, one, put, START, streamOf } from '../../store/index.ts';
import type { Check } from '../check.ts';
import type { OpenStore, StoreFeatures, StorePart } from '../store-under-test.ts';
import { change, isConflict, load, made, makes, on, refuses, stage, toys } from './toys.ts';

const red = { colour: 'red', size: 1 };

const always = (open: OpenStore, features: StoreFeatures): Check[] => [
  {
    name: 'settled waits for what is readable now, and for nothing when all is durable',
    run: on(open, async ({ store }) => {
      await store.settled();
      let durable = false;
      const done = stage(store, makes('a')).then(() => {
        durable = true;
      });
      await store.settled();
      assert.equal(store.head().seq, 1);
      await done;
      assert.equal(durable, true);
    }),
  },
  {
    name: 'a unit without events has the position of the log at its end',
    run: on(open, async ({ store }) => {
      await stage(store, makes('a'));
      const { position } = await stage(store, change([], [put(toys, 'a', red)]));
      assert.deepEqual(position, { epoch: store.epoch, seq: 1 });
    }),
  },
  {
    name: 'all of it is there after reopening, with the same identity, and positions go on',
    run: on(open, async ({ store, reopen }) => {
      const unit = change([append('toy/a', [made('a'), made('a')], 0)], [put(toys, 'a', red)]);
      await stage(store, unit);
      const before = (await store.readLog(START, 10)).entries;
      const again = await reopen();
      assert.equal(again.identity, store.identity);
      assert.deepEqual((await again.readLog(START, 10)).entries, before);
      assert.deepEqual((await load(again, one(toys, 'a')))?.data, red);
      assert.equal((await load(again, streamOf('toy/a'))).version, 2);
      assert.equal((await stage(again, makes('a', 2))).position.seq, 3);
      const entries = (await again.readLog(START, 10)).entries;
      assert.equal(entries[2]?.previous?.seq, 2);
    }),
  },
  {
    name: 'closing flushes what was staged and refuses what comes later',
    run: on(open, async ({ store, reopen }) => {
      const done = stage(store, makes('a'));
      const again = await reopen();
      await done;
      assert.equal(again.head().seq, 1);
      await refuses(features, () => stage(store, makes('b')), { code: 'DRAINING' });
    }),
  },
];

const failing = (open: OpenStore): Check[] => [
  {
    name: 'a failed flush rejects everybody of the group, and nothing of it happened',
    run: on(open, async ({ store, failNextFlush }) => {
      await stage(store, makes('first'));
      failNextFlush?.();
      const group = [makes('a', 0), makes('b', 0), change([], [put(toys, 'a', red)])];
      const results = await Promise.allSettled(group.map(async (unit) => stage(store, unit)));
      for (const result of results) {
        assert.equal(result.status, 'rejected');
        isConflict(result.reason);
      }
      assert.equal(store.failures, 1);
      assert.equal(store.head().seq, 1);
      assert.deepEqual(await load(store, every(toys)), []);
      assert.equal((await load(store, streamOf('toy/a'))).version, 0);
    }),
  },
  {
    name: 'what a failed flush took back is as it was before, also for who had read it staged',
    run: on(open, async ({ store, failNextFlush }) => {
      const at = (version: number) => append('toy/a', [made('a')], version);
      await stage(store, change([at(0)], [put(toys, 'a', red, 0)]));
      failNextFlush?.();
      const taken = stage(store, change([at(1)], [put(toys, 'a', { ...red, size: 2 }, 1)]));
      taken.catch(() => {}); // looked at below
      const staged = [load(store, one(toys, 'a')), load(store, streamOf('toy/a'))] as const;
      const [document, stream] = await Promise.all(staged);
      assert.deepEqual([document?.revision, stream.version], [2, 2]);
      await assert.rejects(taken, isConflict);
      assert.deepEqual(await load(store, one(toys, 'a')), { id: 'a', revision: 1, data: red });
      assert.equal((await load(store, streamOf('toy/a'))).version, 1);
      await stage(store, change([at(1)], [put(toys, 'a', red, 1)]));
      const { entries } = await store.readLog(START, 10);
      assert.deepEqual(
        entries.map(({ version, previous }) => [version, previous?.seq]),
        [
          [1, undefined],
          [2, 1],
        ],
      );
    }),
  },
  {
    name: 'positions of a failed group are handed out again, without a gap',
    run: on(open, async ({ store, failNextFlush }) => {
      failNextFlush?.();
      await assert.rejects(stage(store, makes('a')), isConflict);
      assert.equal((await stage(store, makes('b'))).position.seq, 1);
      const { entries, upto } = await store.readLog(START, 10);
      assert.deepEqual([entries.map(({ key }) => key), upto.seq], [['b'], 1]);
      assert.equal(entries[0]?.previous, undefined);
    }),
  },
  {
    name: 'the chain of a key forgets what a failed flush took back',
    run: on(open, async ({ store, failNextFlush }) => {
      await stage(store, makes('a'));
      await stage(store, makes('b'));
      failNextFlush?.();
      await assert.rejects(stage(store, makes('a')), isConflict);
      await stage(store, makes('a'));
      const { entries } = await store.readLog(START, 10);
      assert.equal(entries[2]?.previous?.seq, 1);
    }),
  },
  {
    name: 'who read before a failed flush conflicts, who reads after it does not',
    run: on(open, async ({ store, failNextFlush }) => {
      const basis = store.failures;
      failNextFlush?.();
      await assert.rejects(stage(store, makes('a')), isConflict);
      assert.throws(() => store.stage(makes('b'), basis), isConflict);
      await stage(store, makes('b'));
    }),
  },
  {
    name: 'settled rejects for those who saw what a failed flush took back',
    run: on(open, async ({ store, failNextFlush }) => {
      failNextFlush?.();
      const done = stage(store, makes('a'));
      done.catch(() => {}); // looked at below; a store that breaks its word must not end the run
      const settled = store.settled();
      await assert.rejects(settled, isConflict);
      await assert.rejects(done, isConflict);
      await store.settled();
    }),
  },
];

export const storeDurability: StorePart = (open, features) => [
  ...always(open, features),
  ...(features.failedFlush ? failing(open) : []),
];
