// Does a lease have one holder, and is one who slept too long refused, with proof?
import assert from 'node:assert/strict';
import type { OffshootError } from '../../error/index.ts';
import { append, lease, one, put, release, START, type UnitContext } from '../../store/index.ts';
import { seededRandom } from '../manual-runtime.ts';
import type { OpenedStore, StorePart } from '../store-under-test.ts';
import { change, load, made, makes, on, refuses, stage, toys } from './toys.ts';

const TERM_MS = 60_000;

/** A process whose clock the check holds in its hand: 0 ms go by while it is stopped. */
function process(context: OpenedStore) {
  let ms = 0;
  const runtime = { ...context.runtime, monotonic: () => ms };
  const self: UnitContext = { ...context, runtime };
  const wait = (more: number) => {
    ms += more;
  };
  return { self, wait };
}

const under = (fence: { readonly name: string; readonly fence: number }, key: string) => ({
  ...change([append(`toy/${key}`, [made(key)])], [put(toys, key, { colour: 'red', size: 1 })]),
  fences: [fence],
});

/** Three holders that are stopped at any time, write with what they last knew, and ask again. */
async function manyPauses(context: OpenedStore): Promise<void> {
  const random = seededRandom(11);
  const known = new Map<string, { readonly name: string; readonly fence: number }>();
  let refused = 0;
  for (let step = 0; step < 600; step += 1) {
    const holder = `holder-${Math.floor(random() * 3)}`;
    const mine = known.get(holder);
    const dice = random();
    if (dice < 0.2) context.moveClock(TERM_MS * random() * 2);
    else if (dice < 0.5 || !mine) {
      const got = await lease(context, 'l', holder, TERM_MS);
      if (got) known.set(holder, got);
    } else {
      const { fence } = mine;
      const late = { ...change([append('toy/all', [made('k', { fence })])]), fences: [mine] };
      try {
        await stage(context.store, late);
      } catch (error) {
        assert.equal((error as OffshootError).code, 'FENCED');
        refused += 1;
      }
    }
  }
  const { entries } = await context.store.readLog(START, 1_000);
  const fences = entries.map(({ data }) => (data as { fence: number }).fence);
  assert.ok(refused > 50 && fences.length > 50, `${refused} refused, ${fences.length} written`);
  assert.deepEqual(
    fences,
    [...fences].sort((a, b) => a - b),
    'nobody writes after the next',
  );
}

export const storeLeases: StorePart = (open, features) => [
  {
    name: 'of ten who ask for a lease at once one gets it',
    run: on(open, async (context) => {
      const names = Array.from({ length: 10 }, (_, n) => `holder-${n}`);
      const all = await Promise.all(names.map((name) => lease(context, 'l', name, TERM_MS)));
      assert.equal(all.filter(Boolean).length, 1);
    }),
  },
  {
    name: 'a lease is renewed with the same fence, and passes on with a higher one when it ended by the clock of the store',
    run: on(open, async (context) => {
      const first = await lease(context, 'l', 'a', TERM_MS);
      context.moveClock(TERM_MS / 2);
      assert.equal((await lease(context, 'l', 'a', TERM_MS))?.fence, first?.fence);
      context.moveClock(TERM_MS - 1_000);
      assert.equal(await lease(context, 'l', 'b', TERM_MS), undefined, 'it was renewed');
      context.moveClock(2_000);
      const second = await lease(context, 'l', 'b', TERM_MS);
      assert.ok(first && second && second.fence > first.fence);
    }),
  },
  {
    name: 'a lease that ended comes back to the same holder with a higher fence',
    run: on(open, async (context) => {
      const first = await lease(context, 'l', 'a', TERM_MS);
      context.moveClock(TERM_MS + 1);
      const again = await lease(context, 'l', 'a', TERM_MS);
      assert.ok(first && again && again.fence > first.fence);
    }),
  },
  {
    name: 'a lease that was given back is free at once, and its next fence is higher',
    run: on(open, async (context) => {
      const first = (await lease(context, 'l', 'a', TERM_MS))!;
      await release(context, first);
      const second = (await lease(context, 'l', 'b', TERM_MS))!;
      assert.ok(second.fence > first.fence);
      await release(context, first);
      assert.equal(await lease(context, 'l', 'c', TERM_MS), undefined, 'too late to give it back');
    }),
  },
  {
    name: 'a holder stops at two thirds of its term, by its own clock',
    run: on(open, async (context) => {
      const { self, wait } = process(context);
      const mine = (await lease(self, 'l', 'a', TERM_MS))!;
      wait((TERM_MS * 2) / 3 - 1);
      assert.equal(mine.isHeld, true);
      wait(1);
      assert.equal(mine.isHeld, false);
      assert.equal(await lease(context, 'l', 'b', TERM_MS), undefined, 'the store waits longer');
    }),
  },
  {
    name: 'a change under a lease is written, also when the term ended and nobody has asked for it',
    run: on(open, async (context) => {
      const mine = (await lease(context, 'l', 'a', TERM_MS))!;
      await stage(context.store, under(mine, 'a'));
      context.moveClock(TERM_MS * 2);
      await stage(context.store, under(mine, 'b'));
      assert.equal(context.store.head().seq, 2);
    }),
  },
  {
    name: 'the late commit of a holder that was stopped is refused as FENCED, and nothing of it happened',
    run: on(open, async (context) => {
      const { store } = context;
      const stopped = process(context);
      const mine = (await lease(stopped.self, 'l', 'a', TERM_MS))!;
      context.moveClock(TERM_MS + 1); // and for the stopped process no time went by
      const next = (await lease(context, 'l', 'b', TERM_MS))!;
      await stage(store, under(next, 'b'));
      assert.equal(mine.isHeld, true, 'it still thinks that it holds the lease');
      await refuses(features, () => stage(store, under(mine, 'a')), { code: 'FENCED' });
      await store.settled();
      assert.equal(await load(store, one(toys, 'a')), undefined);
      const { entries } = await store.readLog(START, 10);
      assert.deepEqual(
        entries.map(({ key }) => key),
        ['b'],
      );
    }),
  },
  {
    name: 'through hundreds of pauses of three holders no stale write is accepted',
    run: on(open, manyPauses),
  },
  {
    name: 'a fenced change spares the others of its turn',
    run: on(open, async (context) => {
      const { store } = context;
      await lease(context, 'l', 'a', TERM_MS);
      const good = stage(store, makes('good'));
      await refuses(features, () => stage(store, under({ name: 'l', fence: 0 }, 'bad')), {
        code: 'FENCED',
      });
      await refuses(features, () => stage(store, under({ name: 'none', fence: 1 }, 'bad')), {
        code: 'FENCED',
      });
      await good;
      assert.equal(store.head().seq, 1);
    }),
  },
];
