// Does what is dropped, repeated, delayed or reordered still have its effect once and in order?
import assert from 'node:assert/strict';
import { type Feed, floors, marks } from '../../messaging/index.ts';
import { every, one } from '../../store/index.ts';
import type { Check } from '../check.ts';
import { seededRandom } from '../manual-runtime.ts';
import type { MessagingAdapter } from '../messaging-adapter.ts';
import { inTown, type Town } from './town.ts';

const SWEEP_MS = 3_000; // longer than a consumer waits between two sweeps

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

async function badWay(it: Town, seed: number): Promise<void> {
  const random = seededRandom(seed);
  const { runtime } = it;
  it.onTheWay((page, deliver) => {
    const copies = random() < 0.3 ? 0 : random() < 0.3 ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1)
      runtime.after(random() * 2_000, () => deliver(page));
  });
  const keys = ['a', 'b', 'c'];
  const counts = new Map(keys.map((key) => [key, 0]));
  for (let step = 0; step < 60; step += 1) {
    const key = keys[Math.floor(random() * keys.length)]!;
    const n = (counts.get(key) ?? 0) + 1;
    counts.set(key, n);
    await it.bake(key, n);
    if (random() < 0.3) it.consuming.failNextFlush();
    if (random() < 0.5) await runtime.advance(random() * 500);
    if (random() < 0.05) await it.restart();
  }
  await runtime.advance(30_000);
  for (const key of keys)
    assert.deepEqual(await it.ate(key), upTo(counts.get(key) ?? 0), `seed ${seed}, key ${key}`);
}

export const deliveryChecks = (adapter: MessagingAdapter): Check[] => [
  {
    name: 'an event arrives by push, without waiting for a sweep',
    run: inTown(adapter, {}, async (it) => {
      await it.bake('a', 1, 2);
      await it.runtime.settle();
      assert.deepEqual(await it.ate('a'), [1, 2]);
    }),
  },
  {
    name: 'a repeated page has no second effect',
    run: inTown(adapter, {}, async (it) => {
      it.onTheWay((page, deliver) => {
        for (const again of [page, page, page]) deliver(again);
        it.runtime.after(50, () => deliver(page));
      });
      await it.bake('a', 1, 2);
      await it.runtime.advance(SWEEP_MS);
      assert.deepEqual(await it.ate('a'), [1, 2]);
    }),
  },
  {
    name: 'a dropped page is found by the sweep',
    run: inTown(adapter, {}, async (it) => {
      it.onTheWay(() => {});
      await it.bake('a', 1);
      await it.runtime.settle();
      assert.deepEqual(await it.ate('a'), []);
      await it.runtime.advance(SWEEP_MS);
      assert.deepEqual(await it.ate('a'), [1]);
    }),
  },
  {
    name: 'pages in the wrong order: the gap is filled first, at once',
    run: inTown(adapter, {}, async (it) => {
      const held: (() => void)[] = [];
      it.onTheWay((page, deliver) => held.push(() => deliver(page)));
      for (const n of [1, 2, 3]) await it.bake('a', n);
      await it.runtime.settle();
      for (const release of held.reverse()) {
        release();
        await it.runtime.settle();
        assert.deepEqual(await it.ate('a'), [1, 2, 3]);
      }
    }),
  },
  {
    name: 'a restart begins at the floor and repeats nothing',
    run: inTown(adapter, {}, async (it) => {
      await it.bake('a', 1, 2);
      await it.runtime.advance(SWEEP_MS);
      const { data } = (await it.consuming.store.load(one(floors, 'town.eat'))) ?? {};
      assert.equal(data?.position.seq, 2);
      await it.bake('a', 3);
      await it.runtime.settle(); // handled, but the floor has not followed yet
      await it.restart();
      await it.bake('a', 4);
      await it.runtime.advance(SWEEP_MS);
      assert.deepEqual(await it.ate('a'), [1, 2, 3, 4]);
    }),
  },
  {
    name: 'the floor rises to the end of what was scanned, and no row stays below it',
    run: inTown(adapter, {}, async (it) => {
      for (const key of ['a', 'b', 'c']) await it.bake(key, 1);
      await it.burn('z', 1);
      await it.runtime.advance(2 * SWEEP_MS);
      assert.equal(it.consumer.floor.seq, 4);
      assert.deepEqual(await it.consuming.store.load(every(marks)), []);
    }),
  },
  {
    name: 'a row that moved on while the floor rose is not dropped',
    run: inTown(adapter, { steady: true }, async (it) => {
      const held: (() => void)[] = [];
      it.runtime.after(740, () => {
        for (const release of held) release(); // in the turn in which the floor rises, just before
      });
      await it.runtime.advance(490);
      await it.bake('a', 1);
      await it.runtime.settle();
      it.onTheWay((page, deliver) => held.push(() => deliver(page)));
      await it.bake('a', 2);
      await it.runtime.advance(250);
      assert.equal(it.consumer.floor.seq, 1);
      await it.restart();
      await it.runtime.advance(SWEEP_MS);
      assert.deepEqual(await it.ate('a'), [1, 2]);
    }),
  },
  {
    name: 'events that nobody handles pass, and those behind them are no gap',
    run: inTown(adapter, {}, async (it) => {
      await it.burn('a', 1);
      await it.bake('a', 2);
      await it.burn('a', 3);
      await it.bake('a', 4);
      await it.runtime.settle();
      assert.deepEqual(await it.ate('a'), [2, 4]);
    }),
  },
  {
    name: 'a subscription from the beginning hears what happened before it',
    run: inTown(adapter, { started: false }, async (it) => {
      await it.bake('a', 1, 2);
      await it.restart();
      assert.deepEqual(await it.ate('a'), [1, 2]);
    }),
  },
  {
    name: 'a subscription from now hears only what happens after it, also after a restart',
    run: inTown(adapter, { started: false, from: 'now' }, async (it) => {
      await it.bake('a', 1, 2);
      await it.restart();
      it.onTheWay(() => {});
      await it.bake('a', 3);
      await it.restart();
      await it.runtime.advance(SWEEP_MS);
      assert.deepEqual(await it.ate('a'), [3]);
    }),
  },
  {
    name: 'what a failed flush took back is handled again, once',
    run: inTown(adapter, {}, async (it) => {
      it.consuming.failNextFlush();
      await it.bake('a', 1);
      await it.bake('a', 2);
      await it.runtime.advance(SWEEP_MS);
      assert.deepEqual(await it.ate('a'), [1, 2]);
    }),
  },
  {
    name: 'pushes, repeats, sweeps and failed flushes that overlap prepare an event once',
    run: async () => {
      const prepared = new Map<string, number>();
      const slow: { wait?: () => Promise<void> } = {};
      const prepare = async ({ key, data: { n } }: { key: string; data: { n: number } }) => {
        prepared.set(`${key}${n}`, (prepared.get(`${key}${n}`) ?? 0) + 1);
        await slow.wait?.();
      };
      await inTown(adapter, { prepare }, async (it) => {
        slow.wait = () => it.runtime.sleep(2_500); // several sweeps long
        it.onTheWay((page, deliver) => {
          for (const ms of [0, 100, 2_500]) it.runtime.after(ms, () => deliver(page));
        });
        for (const n of [1, 2, 3]) {
          for (const key of ['a', 'b']) await it.bake(key, n);
          it.consuming.failNextFlush();
          await it.runtime.advance(700);
        }
        await it.runtime.advance(10_000);
        for (const key of ['a', 'b']) assert.deepEqual(await it.ate(key), [1, 2, 3]);
        assert.deepEqual([...prepared.values()], [1, 1, 1, 1, 1, 1]);
      })();
    },
  },
  {
    name: 'more events than a page holds arrive, all and in order',
    run: inTown(adapter, { started: false }, async (it) => {
      for (let n = 1; n <= 1_201; n += 100) await it.bake('a', ...upTo(100).map((m) => n + m - 1));
      await it.restart();
      await it.runtime.advance(SWEEP_MS);
      assert.deepEqual(await it.ate('a'), upTo(1_300));
    }),
  },
  {
    name: 'what was left aside for want of room is read in pages as soon as there is room',
    run: async () => {
      const gate: { open?: () => void } = {};
      const opened = new Promise<void>((open) => {
        gate.open = open;
      });
      const asked = { at: 0 };
      const feed = (whole: Feed): Feed => ({
        ...whole,
        at: (position) => {
          asked.at += 1;
          return whole.at(position);
        },
      });
      await inTown(adapter, { prepare: () => opened, feed }, async (it) => {
        const keys = upTo(10).map((n) => `k${n}`);
        for (let n = 1; n <= 401; n += 100)
          for (const key of keys) await it.bake(key, ...upTo(100).map((m) => n + m - 1));
        await it.runtime.settle();
        gate.open?.();
        await it.runtime.settle(); // no time passes: no sweep is due
        for (const key of keys) assert.deepEqual(await it.ate(key), upTo(500));
        assert.equal(asked.at, 0);
      })();
    },
  },
  {
    name: 'losses, repeats, delays, failed flushes and restarts of 12 seeds change nothing',
    run: async () => {
      for (let seed = 1; seed <= 12; seed += 1)
        await inTown(adapter, {}, (it) => badWay(it, seed))();
    },
  },
];
