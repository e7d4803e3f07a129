// Can a reader of the log sleep until it is called, and miss nothing?
import assert from 'node:assert/strict';
import { type Entry, type Position, put, START, type Store } from '../../store/index.ts';
import type { OpenedStore, StorePart } from '../store-under-test.ts';
import { change, isConflict, makes, on, stage, toys } from './toys.ts';

interface Follower {
  readonly seen: Entry[];
  /** Rejects when a page could not be read. */
  done(): Promise<void>;
  leave(): void;
}

/** Reads on when it is called, and at no other time. */
function follower(store: Store): Follower {
  const seen: Entry[] = [];
  let cursor: Position = START;
  let reading = Promise.resolve();
  const read = async () => {
    for (;;) {
      const page = await store.readLog(cursor, 3);
      if (page.upto.seq === cursor.seq) return;
      seen.push(...page.entries);
      cursor = page.upto;
    }
  };
  const leave = store.onDurable(() => {
    reading = reading.then(read);
  });
  return { seen, done: () => reading, leave };
}

async function nothingMissed(opened: OpenedStore, canFail: boolean): Promise<void> {
  const { store, runtime } = opened;
  const { seen, done, leave } = follower(store);
  const kept: string[] = [];
  const pending: Promise<unknown>[] = [];
  for (let step = 0; step < 50; step += 1) {
    if (canFail && step % 11 === 7) opened.failNextFlush?.();
    const staged = stage(store, makes(`k${step}`));
    pending.push(staged.then(() => kept.push(`k${step}`), isConflict));
    if (step % 4 === 3) await new Promise<void>((resolve) => runtime.endOfTurn(resolve));
  }
  await Promise.all(pending);
  await done();
  leave();
  assert.deepEqual(
    seen.map(({ key }) => key),
    kept,
  );
}

export const storeWakeUp: StorePart = (open, features) => [
  {
    name: 'a listener hears of every flush that wrote entries, once, until it leaves',
    run: on(open, async ({ store }) => {
      let heard = 0;
      const leave = store.onDurable(() => {
        heard += 1;
      });
      await Promise.all([stage(store, makes('a')), stage(store, makes('b'))]);
      assert.equal(heard, 1);
      await stage(store, change([], [put(toys, 'a', { colour: 'red', size: 1 })]));
      assert.equal(heard, 1, 'a flush of documents alone is no news for the log');
      leave();
      await stage(store, makes('c'));
      assert.equal(heard, 1);
    }),
  },
  {
    name: 'who listens sees the entries at once, and before the writer is answered',
    run: on(open, async ({ store }) => {
      const order: string[] = [];
      store.onDurable(() => order.push(`heard ${store.head().seq}`));
      await stage(store, makes('a')).then(() => order.push('answered'));
      assert.deepEqual(order, ['heard 1', 'answered']);
    }),
  },
  {
    name: 'a reader that only reads when called sees every entry once, without a poll',
    run: on(open, (opened) => nothingMissed(opened, features.failedFlush)),
  },
];
