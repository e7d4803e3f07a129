// Does a feed show every public event once, in order, to whoever reads it from wherever?
import assert from 'node:assert/strict';
import { type Feed, positionOf, storeFeed, written } from '../messaging/index.ts';
import { nodeRuntime } from '../runtime/node/index.ts';
import { append, type Position, privateEvent, START } from '../store/index.ts';
import { type Bench, bench, testStamp } from './bench.ts';
import type { Check } from './check.ts';
import { bakery } from './messaging-conformance/town.ts';

/** A feed of `bakery`, whose store is `producer`, however far away. */
export type OpenFeed = (
  producer: Bench,
) => Promise<{ readonly feed: Feed; close(): Promise<void> }>;

interface Scene {
  readonly producer: Bench;
  readonly feed: Feed;
  bake(key: string, ...numbers: number[]): Promise<void>;
}

const EVENTS = 25;

const withFeedOf = (open: OpenFeed, check: (scene: Scene) => Promise<void>) => async () => {
  const producer = bench({ runtime: nodeRuntime(), service: 'bakery' });
  const { store, runtime } = producer;
  const bake = async (key: string, ...numbers: number[]): Promise<void> => {
    const appends = numbers.map((n) =>
      append(`loaf/${key}`, [
        ...[privateEvent('oven.lit', { n }), bakery.events.baked({ key, n })],
      ]),
    );
    await store.stage({ appends, documents: [], stamp: testStamp(runtime.now()) }, store.failures);
  };
  const { feed, close } = await open(producer);
  try {
    await check({ producer, feed, bake });
  } finally {
    await close();
    await store.close();
  }
};

/** All that a reader with pages of `limit` sees. */
async function readAll(feed: Feed, limit: number, from: Position = START) {
  const events = [];
  for (let after = from; ; ) {
    const page = await feed.page(after, limit);
    assert.deepEqual(page.after, after);
    assert.ok(page.events.length <= limit, `${page.events.length} of at most ${limit}`);
    if (page.upto.seq === after.seq) return events;
    events.push(...page.events.map(written));
    after = page.upto;
  }
}

async function bakeSome({ bake }: Scene): Promise<void> {
  for (let n = 0; n < EVENTS; n += 1) await bake(`k${n % 3}`, n);
}

/** The checks of a feed. Run each under its name. */
export function feedConformance(name: string, open: OpenFeed): Check[] {
  const checks: Check[] = [
    {
      name: 'every event once, in order, as the store has it, in pages of any size',
      run: withFeedOf(open, async (scene) => {
        await bakeSome(scene);
        const expected = await readAll(storeFeed('bakery', scene.producer.store), 500);
        assert.equal(expected.length, EVENTS);
        for (const limit of [1, 7, 500])
          assert.deepEqual(await readAll(scene.feed, limit), expected);
      }),
    },
    {
      name: 'a reader goes on where it was, and new events follow',
      run: withFeedOf(open, async (scene) => {
        await bakeSome(scene);
        const all = await readAll(scene.feed, 10);
        const middle = positionOf(all[11]!);
        assert.deepEqual(await readAll(scene.feed, 10, middle), all.slice(12));
        const { upto } = await scene.feed.page(positionOf(all.at(-1)!), 10);
        await scene.bake('k0', 99);
        const next = await scene.feed.page(upto, 10);
        assert.deepEqual(
          next.events.map(({ data }) => data),
          [{ key: 'k0', n: 99 }],
        );
      }),
    },
    {
      name: 'at the end a page is empty and stands still; its history is the store’s',
      run: withFeedOf(open, async (scene) => {
        await bakeSome(scene);
        const { feed, producer } = scene;
        const head = await feed.head();
        assert.deepEqual(head, producer.store.head());
        const page = await feed.page(head, 10);
        assert.deepEqual([page.events, page.upto, page.service], [[], head, 'bakery']);
        assert.deepEqual(page.epochs, producer.store.epochs);
      }),
    },
    {
      name: 'one event by its position, and nothing where none is',
      run: withFeedOf(open, async (scene) => {
        await bakeSome(scene);
        const { feed } = scene;
        const all = await readAll(feed, 500);
        for (const event of [all[0]!, all[12]!]) {
          const found = await feed.at(positionOf(event));
          assert.deepEqual(found && written(found), event);
        }
        assert.equal(await feed.at({ epoch: 1, seq: 10_000 }), undefined);
        assert.equal(await feed.at({ epoch: 7, seq: 1 }), undefined);
      }),
    },
  ];
  return checks.map((check) => ({ ...check, name: `${name}: ${check.name}` }));
}
