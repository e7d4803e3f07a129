// Can a person see what waits, let it be tried again in order, or give it up, through crashes?
import assert from 'node:assert/strict';
import { OffshootError } from '../../error/index.ts';
import type { Check } from '../check.ts';
import type { MessagingAdapter } from '../messaging-adapter.ts';
import { fragile } from './retry.ts';
import { inTown, type Loaf, type Town } from './town.ts';

const ALL_RETRIES_MS = 65_000;
const A_MOMENT_MS = 1_000; // longer than the line waits before it looks
const WHO = { by: 'user:ada', why: 'the oven is warm' };

type Event = { readonly data: Loaf; readonly key: string };

const desk = ({ consumer }: Town) => consumer.deadLetters;
const states = async (it: Town) =>
  (await desk(it).list()).map(({ key, state, attempts }) => `${key} ${state} ${attempts}`);
const messageOf = async (it: Town, at = 0) => (await desk(it).list())[at]!.message;

/** `body` in a town where loaves of the numbers `bad` failed until they were parked. */
const parked =
  (
    adapter: MessagingAdapter,
    bad: number[],
    baked: readonly (readonly [string, number])[],
    body: (it: Town, oven: ReturnType<typeof fragile>) => Promise<void>,
  ) =>
  async () => {
    const oven = fragile('INTERNAL_ERROR', bad);
    await inTown(adapter, { handle: oven.handle }, async (it) => {
      for (const [key, n] of baked) await it.bake(key, n);
      await it.runtime.advance(ALL_RETRIES_MS);
      await body(it, oven);
    })();
  };

const AB = [
  ['a', 1],
  ['a', 2],
  ['b', 1],
  ['c', 5],
] as const;

const seeing = (adapter: MessagingAdapter): Check[] => [
  {
    name: 'messages that fail alike are one group, whatever ids their errors name',
    run: async () => {
      const handle = ({ data, key }: Event) => {
        if (data.n === 1) throw new Error(`order ${key}-${data.n} of 'Ada' has no line ${data.n}`);
        if (data.n === 3) throw new Error(`the oven is cold`);
      };
      await inTown(adapter, { handle }, async (it) => {
        for (const key of ['o-81', 'o-82', 'o-83']) await it.bake(key, 1);
        await it.bake('o-83', 2);
        await it.bake('x', 3);
        await it.runtime.advance(ALL_RETRIES_MS);
        const [large, small, ...others] = await desk(it).groups();
        assert.equal(others.length, 0);
        assert.deepEqual(
          [large?.messages, large?.parked, large?.behind, large?.keys, large?.event],
          [3, 3, 1, ['o-81', 'o-82', 'o-83'], 'loaf.baked'],
        );
        assert.match(large!.sample.reason, /INTERNAL_ERROR: order o-8\d-1 of 'Ada' has no line 1/);
        assert.ok(large!.first < large!.last);
        assert.deepEqual([small?.messages, small?.keys], [1, ['x']]);
        const { fingerprint } = large!;
        const listed = await desk(it).list({ fingerprint });
        assert.deepEqual(
          listed.map(({ key }) => key),
          ['o-81', 'o-82', 'o-83'],
        );
        assert.deepEqual(it.consumer.waiting, { messages: 5, parkedKeys: 4 });
      })();
    },
  },
  {
    name: 'a dry run says how many, which keys and which handler version, and changes nothing',
    run: parked(adapter, [1], AB, async (it, oven) => {
      const before = await states(it);
      const tries = oven.tries.get(1);
      const [group] = await desk(it).groups();
      oven.mend();
      assert.deepEqual(await desk(it).preview({ fingerprint: group!.fingerprint }), {
        subscription: 'town.eat',
        messages: 2,
        behind: 1,
        keys: ['a', 'b'],
        handlers: [{ event: 'loaf.baked', version: 1, messages: 3, unreadable: 0 }],
      });
      await it.runtime.advance(ALL_RETRIES_MS);
      assert.deepEqual([await states(it), oven.tries.get(1)], [before, tries]);
    }),
  },
];

const replaying = (adapter: MessagingAdapter): Check[] => [
  {
    name: 'a replayed message has its effect once, and those behind it follow in order',
    run: parked(adapter, [1], AB, async (it, oven) => {
      assert.deepEqual(await states(it), ['a parked 8', 'a behind 0', 'b parked 8']);
      oven.mend();
      const message = await messageOf(it);
      for (let times = 0; times < 2; times += 1) await desk(it).replay({ message }, WHO);
      await it.runtime.advance(A_MOMENT_MS);
      assert.deepEqual([await it.ate('a'), await it.ate('b')], [[1, 2], []]);
      assert.deepEqual(await states(it), ['b parked 8']);
      await it.bake('a', 3);
      await it.runtime.settle();
      assert.deepEqual(await it.ate('a'), [1, 2, 3]);
    }),
  },
  {
    name: 'a message behind another is not replayed before it; its key is',
    run: parked(adapter, [1], AB, async (it, oven) => {
      oven.mend();
      const behind = await messageOf(it, 1);
      await assert.rejects(desk(it).replay({ message: behind }, WHO), {
        code: 'PRECONDITION_FAILED',
      });
      await desk(it).replay({ key: 'a' }, WHO);
      await it.runtime.advance(A_MOMENT_MS);
      assert.deepEqual([await it.ate('a'), await states(it)], [[1, 2], ['b parked 8']]);
    }),
  },
  {
    name: 'a group is replayed whole, each key in order; the others stay',
    run: async () => {
      const it = { broken: true };
      const handle = ({ data }: Event) => {
        if (it.broken && data.n === 1) throw new Error('the oven is cold');
        if (it.broken && data.n === 4) throw new Error('no flour');
      };
      await inTown(adapter, { handle }, async (town) => {
        const keys = Array.from({ length: 40 }, (_, index) => `k${index}`);
        for (const key of keys) for (const n of [1, 2, 3]) await town.bake(key, n);
        await town.bake('z', 4);
        await town.runtime.advance(ALL_RETRIES_MS);
        const [cold] = await desk(town).groups();
        it.broken = false;
        const done = await desk(town).replay({ fingerprint: cold!.fingerprint }, WHO);
        assert.deepEqual([done.messages, done.behind], [40, 80]);
        await town.runtime.advance(A_MOMENT_MS);
        for (const key of keys) assert.deepEqual(await town.ate(key), [1, 2, 3]);
        assert.deepEqual(await states(town), ['z parked 8']);
        assert.deepEqual(town.consumer.waiting, { messages: 1, parkedKeys: 1 });
      })();
    },
  },
  {
    name: 'what fails again is parked again, its attempts counted on',
    run: parked(adapter, [1], AB, async (it, oven) => {
      for (const attempts of [9, 10]) {
        await desk(it).replay({ key: 'a' }, WHO);
        await it.runtime.advance(A_MOMENT_MS);
        assert.equal((await states(it))[0], `a parked ${attempts}`);
      }
      assert.equal(oven.tries.get(2), undefined);
      const { history = [] } = (await desk(it).show(await messageOf(it))) ?? {};
      assert.deepEqual(
        history.map(({ type, data }) => [type, data.by, data.why, data.attempts]),
        [8, 9].map((tried) => ['dead_letter.replayed', WHO.by, WHO.why, tried]),
      );
    }),
  },
  {
    name: 'a replay survives a crash and a failed flush',
    run: parked(adapter, [1], AB, async (it, oven) => {
      oven.mend();
      it.consuming.failNextFlush();
      await desk(it).replay({ key: 'a' }, WHO);
      await it.restart();
      it.consuming.failNextFlush();
      await it.runtime.advance(A_MOMENT_MS);
      assert.deepEqual([await it.ate('a'), await states(it)], [[1, 2], ['b parked 8']]);
    }),
  },
  {
    name: 'a replay while a dependency is away waits for it, and costs no attempt',
    run: async () => {
      const oven = fragile('INTERNAL_ERROR', [1]);
      const away = { is: false };
      const prepare = () => {
        if (away.is) throw new OffshootError('CIRCUIT_OPEN', 'the mill is closed');
      };
      await inTown(adapter, { handle: oven.handle, prepare }, async (it) => {
        await it.bake('a', 1);
        await it.bake('a', 2);
        await it.runtime.advance(ALL_RETRIES_MS);
        oven.mend();
        away.is = true;
        await desk(it).replay({ key: 'a' }, WHO);
        await it.runtime.advance(ALL_RETRIES_MS);
        assert.deepEqual(await states(it), ['a retrying 8', 'a behind 0']);
        away.is = false;
        await it.runtime.advance(12_000);
        assert.deepEqual(await it.ate('a'), [1, 2]);
      })();
    },
  },
];

const discarding = (adapter: MessagingAdapter): Check[] => [
  {
    name: 'a discarded message has no effect, says who and why, and those behind it go on',
    run: parked(adapter, [1], AB, async (it, oven) => {
      const message = await messageOf(it);
      await assert.rejects(desk(it).discard(message, { by: 'user:ada', why: ' ' }), {
        code: 'VALIDATION_FAILED',
      });
      it.consuming.failNextFlush();
      assert.equal(await desk(it).discard(message, WHO), true);
      assert.equal(await desk(it).discard(message, WHO), false);
      await it.runtime.advance(A_MOMENT_MS);
      assert.deepEqual([await it.ate('a'), await states(it)], [[2], ['b parked 8']]);
      await it.restart();
      oven.mend();
      await it.bake('a', 3);
      await it.runtime.advance(ALL_RETRIES_MS);
      assert.equal(await desk(it).discard(message, WHO), false);
      assert.deepEqual(await it.ate('a'), [2, 3]);
      const { entries } = await it.consuming.store.readLog({ epoch: 0, seq: 0 }, 100);
      assert.deepEqual(
        entries.map(({ type, actor, correlation, data }) => [type, actor, correlation, data]),
        [
          [
            'dead_letter.discarded',
            WHO.by,
            'correlation',
            {
              ...{ message, subscription: 'town.eat', type: 'loaf.baked.v1', key: 'a' },
              ...{ state: 'parked', attempts: 8, reason: 'INTERNAL_ERROR: the oven is cold' },
              ...{ fingerprint: (entries[0]!.data as any).fingerprint, ...WHO },
            },
          ],
        ],
      );
    }),
  },
  {
    name: 'a message discarded while it is being tried has no effect',
    run: async () => {
      const slow: { wait?: () => Promise<void> } = {};
      const oven = fragile();
      const prepare = async ({ data }: Event) => {
        if (data.n === 1) await slow.wait?.();
      };
      await inTown(adapter, { handle: oven.handle, prepare }, async (it) => {
        await it.bake('a', 1);
        await it.bake('a', 2);
        await it.runtime.advance(ALL_RETRIES_MS);
        oven.mend();
        slow.wait = () => it.runtime.sleep(5_000);
        await desk(it).replay({ key: 'a' }, WHO);
        await it.runtime.advance(A_MOMENT_MS);
        assert.equal(await desk(it).discard(await messageOf(it), WHO), true);
        await it.runtime.advance(10_000);
        assert.deepEqual([await it.ate('a'), await states(it)], [[2], []]);
        assert.deepEqual(it.consumer.waiting, { messages: 0, parkedKeys: 0 });
      })();
    },
  },
  {
    name: 'what does not wait is neither replayed nor discarded',
    run: inTown(adapter, {}, async (it) => {
      const gone = { code: 'DEAD_LETTER_NOT_FOUND' };
      await assert.rejects(desk(it).discard('nobody', WHO), gone);
      for (const what of [{ message: 'nobody' }, { key: 'nobody' }, { fingerprint: 'none' }])
        await assert.rejects(desk(it).replay(what, WHO), gone);
      assert.deepEqual([await desk(it).groups(), await desk(it).show('nobody')], [[], undefined]);
    }),
  },
];

const bounded = (adapter: MessagingAdapter): Check[] => [
  {
    name: 'a full line pauses the subscription, says so, and goes on by itself when it has room',
    run: async () => {
      const oven = fragile('INTERNAL_ERROR', [1]);
      await inTown(adapter, { handle: oven.handle, waitingMax: 3 }, async (it) => {
        for (const key of ['a', 'b', 'c', 'd']) await it.bake(key, 1);
        await it.bake('e', 5);
        await it.runtime.advance(ALL_RETRIES_MS);
        assert.match(it.consumer.pausedBy, /^town\.eat has 3 messages waiting, as many as may/);
        assert.equal(it.consumer.waiting.messages, 3);
        const tries = oven.tries.get(1)!;
        await it.runtime.advance(ALL_RETRIES_MS);
        assert.equal(oven.tries.get(1), tries, 'a full line tries nothing new');
        await desk(it).discard(await messageOf(it), WHO);
        await it.runtime.advance(12_000); // 'd' takes the room, and nothing else fails
        assert.deepEqual([it.consumer.pausedBy, await it.ate('e')], ['', [5]]);
        assert.equal(it.consumer.waiting.messages, 3);
        oven.mend();
        for (const { key } of await desk(it).list()) await desk(it).replay({ key }, WHO);
        await it.runtime.advance(12_000);
        assert.deepEqual([it.consumer.pausedBy, await states(it)], ['', []]);
        const ate = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => it.ate(key)));
        assert.deepEqual(ate, [[], [1], [1], [1], [5]]);
      })();
    },
  },
];

export const deadLetterChecks = (adapter: MessagingAdapter): Check[] => [
  ...seeing(adapter),
  ...replaying(adapter),
  ...discarding(adapter),
  ...bounded(adapter),
];
