// Is the log dense, in commit order, and never ahead of the disk?
import assert from 'node:assert/strict';
import { append, type Entry, type Position, START, type Store } from '../../store/index.ts';
import { seededRandom } from '../manual-runtime.ts';
import type { OpenedStore, StorePart } from '../store-under-test.ts';
import { change, isConflict, made, makes, on, stage } from './toys.ts';

const all = async (store: Store) => (await store.readLog(START, 10_000)).entries;
const seqs = (entries: readonly Entry[]) => entries.map(({ seq }) => seq);
const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

async function concurrentStages({ store }: OpenedStore): Promise<void> {
  const keys = upTo(40).map((n) => `k${n % 7}`);
  const receipts = await Promise.all(keys.map(async (key) => stage(store, makes(key))));
  assert.deepEqual(
    receipts.map(({ position }) => position.seq),
    upTo(40),
  );
  const entries = await all(store);
  assert.deepEqual(seqs(entries), upTo(40));
  assert.deepEqual(
    entries.map(({ key }) => key),
    keys,
  );
}

async function previousPerKey({ store }: OpenedStore): Promise<void> {
  const hidden = { ...made('a'), public: false };
  const events = [made('a'), made('b'), hidden, made('a'), made('b'), made('a')];
  for (const event of events) await stage(store, change([append('toy/all', [event])]));
  const previous = (await all(store)).map((entry) => entry.previous?.seq);
  assert.deepEqual(previous, [undefined, undefined, undefined, 1, 2, 4]);
}

async function publicPages({ store }: OpenedStore): Promise<void> {
  const hidden = { ...made('a'), public: false };
  for (const event of [made('a'), hidden, made('a'), hidden])
    await stage(store, change([append('toy/a', [event])]));
  const page = await store.readLog(START, 10, 'public');
  assert.deepEqual(seqs(page.entries), [1, 3]);
  assert.equal(page.upto.seq, 4);
  const short = await store.readLog(START, 1, 'public');
  assert.deepEqual([seqs(short.entries), short.upto.seq], [[1], 1]);
  const past = await store.readLog({ epoch: store.epoch, seq: 4 }, 10, 'public');
  assert.deepEqual([past.entries.length, past.upto.seq], [0, 4]);
}

/** A reader that follows `upto` while writers stage, flush and fail in a seeded order. */
async function interleaving(seed: number, opened: OpenedStore, canFail: boolean): Promise<void> {
  const { store, runtime } = opened;
  const random = seededRandom(seed);
  const seen: Entry[] = [];
  const kept = new Set<string>();
  const pending: Promise<unknown>[] = [];
  let cursor: Position = START;
  const read = async () => {
    const page = await store.readLog(cursor, 1 + Math.floor(random() * 4));
    seen.push(...page.entries);
    cursor = page.upto;
  };
  const write = (name: string) => {
    const count = 1 + Math.floor(random() * 3);
    const events = Array.from({ length: count }, () =>
      made(`k${Math.floor(random() * 3)}`, { name }),
    );
    const done = stage(store, change([append('toy/all', events)]));
    pending.push(done.then(() => kept.add(name), isConflict));
  };
  for (let step = 0; step < 60; step += 1) {
    const dice = random();
    if (dice < 0.5) write(`w${step}`);
    else if (dice < 0.8) await read();
    else if (dice < 0.9 && canFail) opened.failNextFlush?.();
    else await new Promise<void>((resolve) => runtime.endOfTurn(resolve));
  }
  await Promise.all(pending);
  while (cursor.seq < store.head().seq) await read();
  assert.deepEqual(seqs(seen), upTo(seen.length), 'dense, in order, nothing skipped');
  const names = new Set(seen.map((entry) => (entry.data as { name: string }).name));
  assert.deepEqual([...names].sort(), [...kept].sort(), 'exactly what was acknowledged');
}

export const storeLog: StorePart = (open, features) => [
  {
    name: 'positions are dense and in commit order under concurrent stages',
    run: on(open, concurrentStages),
  },
  { name: 'each public entry names the previous one of its key', run: on(open, previousPerKey) },
  { name: 'a page of public entries says how far it has looked', run: on(open, publicPages) },
  {
    name: 'an entry that is not durable is not in the log yet, though the unit can be read',
    run: on(open, async ({ store }) => {
      const done = stage(store, makes('a'));
      const pages = [store.readLog(START, 10), store.readLog(START, 10, 'public')];
      assert.equal(store.head().seq, 0);
      for (const { entries, upto } of await Promise.all(pages))
        assert.deepEqual([entries, upto.seq], [[], 0]);
      assert.equal((await done).position.seq, 1);
      assert.equal(store.head().seq, 1);
    }),
  },
  {
    name: 'entries of one unit carry the same unit, those of another do not',
    run: on(open, async ({ store }) => {
      await stage(store, change([append('toy/a', [made('a')]), append('toy/b', [made('b')])]));
      await stage(store, makes('c'));
      const [a, b, c] = (await all(store)).map(({ unit }) => unit);
      assert.equal(a, b);
      assert.notEqual(b, c);
    }),
  },
  {
    name: 'a reader that follows upto sees every acknowledged entry once, in 40 random interleavings',
    run: async () => {
      for (let seed = 1; seed <= 40; seed += 1)
        await on(open, (opened) => interleaving(seed, opened, features.failedFlush))();
    },
  },
];
