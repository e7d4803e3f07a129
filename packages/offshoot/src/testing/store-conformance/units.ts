// Does a unit of work run again when it must, only as often as it may, and hand out nothing early?
import assert from 'node:assert/strict';
import { OffshootError } from '../../error/index.ts';
import { append, one, put, runUnit, START, streamOf, where } from '../../store/index.ts';
import type { Check } from '../check.ts';
import type { OpenStore, StorePart } from '../store-under-test.ts';
import { bought, change, load, made, makes, on, owners, stage, toys } from './toys.ts';

const needs = () => ({ toy: one(toys, 'a') });

const always = (open: OpenStore): Check[] => [
  {
    name: 'ten units of one turn that count on the same document all have their effect',
    run: on(open, async (context) => {
      const add = () =>
        runUnit(context, needs, ({ toy }) => {
          const size = (toy?.data.size ?? 0) + 1;
          const written = put(toys, 'a', { colour: 'red', size }, toy?.revision ?? 0);
          return { change: change([], [written]), value: size };
        });
      const values = await Promise.all(Array.from({ length: 10 }, add));
      const sizes = values.map(({ value }) => value).sort((a, b) => a - b);
      assert.deepEqual(sizes, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      assert.equal((await load(context.store, one(toys, 'a')))?.data.size, 10);
    }),
  },
  {
    name: 'what a unit read is so when it is taken, also where it names no revision',
    run: on(open, async (context) => {
      const add = () =>
        runUnit(context, needs, ({ toy }) => {
          const size = (toy?.data.size ?? 0) + 1;
          return { change: change([], [put(toys, 'a', { colour: 'red', size })]), value: 0 };
        });
      const follow = () =>
        runUnit(
          context,
          () => ({ stream: streamOf('toy/b') }),
          ({ stream: { version: n } }) => ({
            change: change([append('toy/b', [made('b', { n })])]),
            value: 0,
          }),
        );
      const ten = Array.from({ length: 10 });
      await Promise.all([...ten.map(add), ...ten.map(follow)]);
      assert.equal((await load(context.store, one(toys, 'a')))?.data.size, 10);
      const { events } = await load(context.store, streamOf('toy/b'));
      assert.deepEqual(
        events.map(({ data }) => data.n),
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
      );
    }),
  },
  {
    name: 'what a unit did not find is still not there when it is taken',
    run: on(open, async (context) => {
      const claim = (id: string) =>
        runUnit(
          context,
          () => ({ blue: where(toys, 'colour', 'blue') }),
          ({ blue }) => {
            if (blue.length > 0) return { value: 0 };
            return { change: change([], [put(toys, id, { colour: 'blue', size: 1 })]), value: 1 };
          },
        );
      await Promise.all(['a', 'b', 'c', 'd'].map(claim));
      assert.equal((await load(context.store, where(toys, 'colour', 'blue'))).length, 1);
    }),
  },
  {
    name: 'a unit whose conflict never ends gives up as UNAVAILABLE after 64 runs',
    run: on(open, async (context) => {
      let runs = 0;
      const runtime = { ...context.runtime, sleep: async () => {} };
      const never = runUnit({ ...context, runtime }, needs, () => {
        runs += 1;
        return { change: makes('a', 99), value: 0 };
      });
      await assert.rejects(never, { code: 'UNAVAILABLE' });
      assert.equal(runs, 64);
    }),
  },
  {
    name: 'a missing key is made durably and the unit runs again, for a hundred people too',
    run: on(open, async (context) => {
      const people = Array.from({ length: 100 }, (_, n) => `person-${n}`);
      const appends = people.map((id) => append(`toy/${id}`, [bought(id, 'Name')]));
      await runUnit(
        context,
        () => ({}),
        () => ({ change: change(appends), value: 0 }),
      );
      assert.equal(context.store.head().seq, 100);
      for (const id of people) assert.notEqual(context.keyring.find(id), 'missing');
    }),
  },
  {
    name: 'what decide throws is thrown on',
    run: on(open, async (context) => {
      const failed = runUnit(context, needs, () => {
        throw new OffshootError('FORBIDDEN', 'no');
      });
      await assert.rejects(failed, { code: 'FORBIDDEN' });
    }),
  },
  {
    name: 'an answer is not handed out before what it could have read is durable, with its position',
    run: on(open, async (context) => {
      const { store } = context;
      const staged = stage(store, makes('a'));
      const { value, position } = await runUnit(
        context,
        () => ({ toy: streamOf('toy/a') }),
        (loaded) => ({ value: loaded.toy.version }),
      );
      assert.equal(value, 1);
      assert.equal(store.head().seq, 1);
      assert.equal(position.seq, 1, 'a reader that waits for it sees what was read');
      await staged;
    }),
  },
];

const failing = (open: OpenStore): Check[] => [
  {
    name: 'a unit whose flush failed runs again',
    run: on(open, async (context) => {
      let runs = 0;
      context.failNextFlush?.();
      const { position } = await runUnit(context, needs, () => {
        runs += 1;
        return { change: makes('a', 0), value: 0 };
      });
      assert.deepEqual([runs, position.seq], [2, 1]);
      assert.equal((await context.store.readLog(START, 10)).entries.length, 1);
    }),
  },
  {
    name: 'an answer made from what a failed flush took back is made again',
    run: on(open, async (context) => {
      const { store } = context;
      context.failNextFlush?.();
      const lost = stage(store, change([append('toy/a', [made('a')])])).catch(() => {});
      const seen: number[] = [];
      const { value } = await runUnit(
        context,
        () => ({ toy: streamOf('toy/a') }),
        ({ toy }) => {
          seen.push(toy.version);
          return { value: toy.version };
        },
      );
      await lost;
      assert.deepEqual([seen, value], [[1, 0], 0]);
    }),
  },
  {
    name: 'an error decided on what a failed flush took back does not leave',
    run: on(open, async (context) => {
      const { store } = context;
      await context.keyring.ensure(['p1']);
      const owner = { personId: 'p1', name: 'N', town: 'Ely' };
      context.failNextFlush?.();
      const lost = stage(store, change([], [put(owners, 'p1', owner)])).catch(() => {});
      const { value } = await runUnit(
        context,
        () => ({ found: one(owners, 'p1') }),
        ({ found }) => {
          if (found) throw new OffshootError('FORBIDDEN', 'taken');
          return { value: 'free' };
        },
      );
      await lost;
      assert.equal(value, 'free');
    }),
  },
];

export const storeUnits: StorePart = (open, features) => [
  ...always(open),
  ...(features.failedFlush ? failing(open) : []),
];
