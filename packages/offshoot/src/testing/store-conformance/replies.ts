// Do concurrent duplicates of a call end with one effect and one answer? What replies need of a store.
import assert from 'node:assert/strict';
import { append, type Need, one, put, runUnit, START, type Store } from '../../store/index.ts';
import type { OpenedStore, StorePart } from '../store-under-test.ts';
import { change, load, made, on, refuses, stage, toys } from './toys.ts';

/** The same store, read from afar: all duplicates have read before the first of them writes. */
const slowly = (store: Store): Store =>
  new Proxy(store, {
    get: (target, name) =>
      name === 'load'
        ? async (need: Need<unknown>) => {
            const found = await target.load(need);
            await Promise.resolve();
            return found;
          }
        : Reflect.get(target, name),
  });

/** A call under an idempotency key: answers what is stored, or acts and stores its answer. */
async function answer(context: OpenedStore, key: string, size: number): Promise<number> {
  const { value } = await runUnit(
    { ...context, store: slowly(context.store) },
    () => ({ found: one(toys, `reply/${key}`) }),
    ({ found }) => {
      if (found) return { value: found.data.size };
      const reply = put(toys, `reply/${key}`, { colour: 'reply', size }, 0);
      return {
        change: change([append(`toy/${key}`, [made(key, { size })])], [reply]),
        value: size,
      };
    },
  );
  return value;
}

const sizes = async ({ store }: OpenedStore) =>
  (await store.readLog(START, 100)).entries.map(({ data }) => (data as { size: number }).size);

export const storeReplies: StorePart = (open, features) => [
  {
    name: 'of twenty concurrent duplicates one acts, and all answer what it stored',
    run: on(open, async (context) => {
      const calls = Array.from({ length: 20 }, (_, size) => answer(context, 'k', size + 1));
      const [first, ...others] = await Promise.all(calls);
      assert.ok(others.every((size) => size === first));
      assert.deepEqual(await sizes(context), [first]);
    }),
  },
  {
    name: 'the answer is stored with the effect: after reopening the duplicate still finds it',
    run: on(open, async (context) => {
      await answer(context, 'k', 1);
      const store = await context.reopen();
      assert.equal(await answer({ ...context, store }, 'k', 2), 1);
      assert.deepEqual(await sizes({ ...context, store }), [1]);
    }),
  },
  {
    name: 'of two insertions of one document in a turn the second conflicts, whatever else it holds',
    run: on(open, async ({ store }) => {
      const insert = (size: number) => put(toys, 'reply/k', { colour: 'reply', size }, 0);
      const first = stage(store, change([], [insert(1)]));
      const second = change([append('toy/k', [made('k')])], [insert(2)]);
      await refuses(features, () => stage(store, second), { code: 'CONFLICT' });
      await first;
      assert.equal((await load(store, one(toys, 'reply/k')))?.data.size, 1);
      assert.equal(store.head().seq, 0);
    }),
  },
  ...(features.failedFlush
    ? [
        {
          name: 'duplicates that shared a failed flush act once, and agree',
          run: on(open, async (context: OpenedStore) => {
            context.failNextFlush?.();
            const calls = [1, 2, 3].map((size) => answer(context, 'k', size));
            const answers = await Promise.all(calls);
            assert.deepEqual(new Set(answers).size, 1);
            assert.deepEqual(await sizes(context), [answers[0]]);
          }),
        },
      ]
    : []),
];
