// What becomes of a message that fails, of those behind it, and of a dependency that is away?
import assert from 'node:assert/strict';
import { type Code, OffshootError } from '../../error/index.ts';
import { type Waiting, waiting } from '../../messaging/index.ts';
import { every } from '../../store/index.ts';
import type { Check } from '../check.ts';
import type { MessagingAdapter } from '../messaging-adapter.ts';
import { inTown, type Town } from './town.ts';

const ALL_RETRIES_MS = 10_000 + 20_000 + 30_000 + 5_000;

const line = async ({ consuming }: Town): Promise<readonly Waiting[]> =>
  (await consuming.store.load(every(waiting))).map(({ data }) => data);

/** A handler that fails for loaf 1 while `broken`, and counts its tries by loaf. */
export function fragile(code: Code = 'INTERNAL_ERROR', bad: number[] = [1]) {
  const tries = new Map<number, number>();
  const it = { broken: true, tries };
  const handle = ({ data }: { readonly data: { readonly n: number } }) => {
    tries.set(data.n, (tries.get(data.n) ?? 0) + 1);
    if (it.broken && bad.includes(data.n)) throw new OffshootError(code, 'the oven is cold');
  };
  const mend = () => {
    it.broken = false;
  };
  return { ...it, handle, mend };
}

const failing = (adapter: MessagingAdapter): Check[] => [
  {
    name: 'a message that fails is tried 5 times at once, then waits; other keys go on',
    run: async () => {
      const oven = fragile();
      await inTown(adapter, { handle: oven.handle }, async (it) => {
        await it.bake('a', 1);
        await it.bake('b', 7);
        await it.runtime.settle();
        assert.equal(oven.tries.get(1), 5);
        assert.deepEqual(await it.ate('b'), [7]);
        const [first] = await line(it);
        assert.deepEqual([first?.state, first?.attempts], ['waiting', 5]);
        assert.match(first?.reason ?? '', /INTERNAL_ERROR: the oven is cold/);
      })();
    },
  },
  {
    name: 'successors stand behind it untried, and all are handled in order once it is mended',
    run: async () => {
      const oven = fragile();
      await inTown(adapter, { handle: oven.handle }, async (it) => {
        for (const n of [1, 2, 3]) await it.bake('a', n);
        await it.runtime.advance(5_000);
        assert.deepEqual([oven.tries.get(2), await it.ate('a')], [undefined, []]);
        oven.mend();
        await it.runtime.advance(10_000);
        assert.deepEqual(await it.ate('a'), [1, 2, 3]);
        assert.deepEqual(await line(it), []);
        await it.bake('a', 4);
        await it.runtime.settle();
        assert.deepEqual(await it.ate('a'), [1, 2, 3, 4]);
      })();
    },
  },
  {
    name: 'after 3 delayed tries it is parked, its successors stay behind it, and nothing more is tried',
    run: async () => {
      const oven = fragile();
      await inTown(adapter, { handle: oven.handle }, async (it) => {
        await it.bake('a', 1);
        await it.bake('a', 2);
        await it.runtime.advance(ALL_RETRIES_MS);
        const found = await line(it);
        assert.deepEqual(
          found.map(({ state, attempts }) => [state, attempts]),
          [
            ['parked', 8],
            ['waiting', 0],
          ],
        );
        await it.runtime.advance(10 * ALL_RETRIES_MS);
        assert.deepEqual([oven.tries.get(1), oven.tries.get(2)], [8, undefined]);
        assert.equal(it.consumer.pausedBy, '');
      })();
    },
  },
  {
    name: 'a successor that fails by itself has its own 5 and 3 tries',
    run: async () => {
      const oven = fragile('INTERNAL_ERROR', [1, 2]);
      const first = { broken: true };
      const handle: typeof oven.handle = (event) => {
        if (event.data.n === 1 && !first.broken) return;
        oven.handle(event);
      };
      await inTown(adapter, { handle }, async (it) => {
        await it.bake('a', 1);
        await it.bake('a', 2);
        await it.runtime.settle();
        first.broken = false;
        await it.runtime.advance(11_000);
        assert.deepEqual(await it.ate('a'), [1]);
        assert.equal((await line(it))[0]?.state, 'waiting');
        await it.runtime.advance(ALL_RETRIES_MS);
        assert.deepEqual([oven.tries.get(2), (await line(it))[0]?.state], [8, 'parked']);
      })();
    },
  },
  {
    name: 'a waiting message survives a restart, keeps its place, and is not handled twice',
    run: async () => {
      const oven = fragile();
      await inTown(adapter, { handle: oven.handle }, async (it) => {
        await it.bake('a', 1);
        await it.bake('a', 2);
        await it.runtime.advance(3_000);
        await it.restart();
        await it.bake('a', 3);
        await it.runtime.settle();
        oven.mend();
        await it.runtime.advance(15_000);
        assert.deepEqual(await it.ate('a'), [1, 2, 3]);
      })();
    },
  },
  {
    name: 'a repeat of what stood behind a failed message has no second effect',
    run: async () => {
      const oven = fragile();
      await inTown(adapter, { handle: oven.handle }, async (it) => {
        const pages: (() => void)[] = [];
        it.onTheWay((page, deliver) => {
          pages.push(() => deliver(page));
          deliver(page);
        });
        await it.bake('a', 1);
        await it.bake('a', 2);
        await it.bake('a', 3);
        await it.runtime.settle();
        for (const repeat of pages) repeat();
        await it.runtime.advance(10_250); // one more failed try
        for (const repeat of pages) repeat();
        oven.mend();
        await it.runtime.advance(40_000);
        for (const repeat of pages) repeat();
        await it.runtime.settle();
        assert.deepEqual(await it.ate('a'), [1, 2, 3]);
        assert.deepEqual(await line(it), []);
      })();
    },
  },
  {
    name: 'a failed try does not take the mark back below those that stand behind',
    run: async () => {
      const oven = fragile();
      const cut: { broken: boolean } = { broken: false };
      const feed = (whole: any) => ({
        ...whole,
        page: async (...given: unknown[]) => {
          if (cut.broken) throw new OffshootError('UNAVAILABLE', 'the bakery is closed');
          return whole.page(...given);
        },
      });
      await inTown(adapter, { handle: oven.handle, feed }, async (it) => {
        cut.broken = true; // pushes only: the floor stays where it is
        const pages: (() => void)[] = [];
        it.onTheWay((page, deliver) => {
          pages.push(() => deliver({ ...page, after: page.upto })); // never joins the floor
        });
        await it.bake('a', 1);
        await it.bake('a', 2);
        await it.runtime.settle();
        for (const push of pages) push();
        await it.runtime.advance(700);
        for (const push of pages) push();
        await it.runtime.advance(12_000); // the first delayed try fails
        oven.mend();
        await it.runtime.advance(25_000); // the second succeeds, and the successor after it
        assert.deepEqual(await it.ate('a'), [1, 2]);
        cut.broken = false;
        await it.runtime.advance(30_000);
        assert.deepEqual(await it.ate('a'), [1, 2]);
      })();
    },
  },
];

const away = (adapter: MessagingAdapter): Check[] => [
  {
    name: 'a dependency that is away pauses the subscription, says so, and costs no attempt',
    run: async () => {
      const oven = fragile('UNAVAILABLE');
      await inTown(adapter, { prepare: oven.handle }, async (it) => {
        await it.bake('a', 1);
        await it.bake('b', 2);
        await it.runtime.settle();
        assert.equal(it.consumer.pausedBy, 'the oven is cold');
        await it.runtime.advance(60_000);
        assert.deepEqual(await line(it), []);
        assert.ok((oven.tries.get(1) ?? 0) < 30, 'with growing pauses');
        oven.mend();
        await it.runtime.advance(12_000);
        assert.deepEqual([await it.ate('a'), await it.ate('b')], [[1], [2]]);
        assert.equal(it.consumer.pausedBy, '');
      })();
    },
  },
  {
    name: 'a producer out of reach pauses the subscription until it is back',
    run: async () => {
      const cut = { broken: false };
      const feed = (whole: any) => ({
        ...whole,
        page: async (...given: unknown[]) => {
          if (cut.broken) throw new OffshootError('UNAVAILABLE', 'the bakery is closed');
          return whole.page(...given);
        },
      });
      await inTown(adapter, { feed }, async (it) => {
        it.onTheWay(() => {});
        cut.broken = true;
        await it.bake('a', 1);
        await it.runtime.advance(3_000);
        assert.equal(it.consumer.pausedBy, 'the bakery is closed');
        cut.broken = false;
        await it.runtime.advance(12_000);
        assert.deepEqual(await it.ate('a'), [1]);
      })();
    },
  },
];

const CODES = [
  'UNAVAILABLE',
  'NO_HEALTHY_INSTANCE',
  'OVERLOADED',
  'CIRCUIT_OPEN',
  'DRAINING',
  'DEADLINE_EXCEEDED',
  'OUTCOME_PENDING',
  'FENCED',
  'BAD_UPSTREAM',
  'RATE_LIMITED',
] as const;

const codes = (adapter: MessagingAdapter): Check[] =>
  CODES.map((code) => ({
    name: `${code} pauses, names who is away, and parks nothing`,
    run: async () => {
      const oven = fragile(code, [1, 2]);
      await inTown(adapter, { ask: oven.handle }, async (it) => {
        await it.bake('a', 1);
        await it.bake('a', 2);
        await it.runtime.advance(20_000);
        assert.equal(it.consumer.pausedBy, 'mill: the oven is cold');
        assert.deepEqual([await line(it), it.consumer.waiting.messages], [[], 0]);
        oven.mend();
        await it.runtime.advance(13_000);
        assert.deepEqual(await it.ate('a'), [1, 2]);
      })();
    },
  }));

export const retryChecks = (adapter: MessagingAdapter): Check[] => [
  ...failing(adapter),
  ...away(adapter),
  ...codes(adapter),
];
