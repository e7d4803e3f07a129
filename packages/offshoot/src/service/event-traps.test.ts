// Do events arrive once whatever crashes, and does a subscriber that fails harm only itself?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, event, jsonSchema } from '../contract/index.ts';
import { embeddedBroker, on, subscription } from '../messaging/index.ts';
import { append, collection, one, put } from '../store/index.ts';
import { type System, system } from '../testing/index.ts';
import { commandHandler, service } from './index.ts';

interface Order {
  readonly id: string;
}
const Order = jsonSchema<Order>({ type: 'object', required: ['id'] });
const shop = contract('shop', {
  version: 1,
  noun: 'order',
  operations: { place: command('POST /orders', { input: Order, output: Order, access: anyone() }) },
  events: { placed: event({ version: 1, key: 'id', data: Order }) },
});
const orders = collection<Order>('orders');
const shopService = service(shop, {
  collections: [orders],
  handlers: {
    place: commandHandler(shop.place, {
      decide: ({ input }) => ({
        documents: [put(orders, input.id, input, 0)],
        appends: [append(`order/${input.id}`, [shop.events.placed(input)], 0)],
        reply: input,
      }),
    }),
  },
});

const heard = collection<{ readonly times: number }>('heard');
const broken = new Set<string>();

/** A service that counts what it hears, and fails while `broken` names it or the order. */
const listenerOf = (name: string) =>
  service(contract(name, { version: 1, operations: {}, events: {} }), {
    handlers: {},
    collections: [heard],
    subscriptions: [
      subscription('listen', [
        on(shop.events.placed, {
          load: ({ event: { key } }) => ({ row: one(heard, key) }),
          decide({ event: { key }, loaded }) {
            if (broken.has(name) || broken.has(key)) throw new Error('deaf');
            return { documents: [put(heard, key, { times: (loaded.row?.data.times ?? 0) + 1 })] };
          },
        }),
      ]),
    ],
  });

async function street(body: (it: System) => Promise<void>, broker = embeddedBroker()) {
  broken.clear();
  const it = await system([shopService, listenerOf('post'), listenerOf('bank')], { broker });
  try {
    await body(it);
  } finally {
    await it.close();
  }
}

const times = async (it: System, listener: string, id: string) =>
  (await it.store(listener).load(one(heard, id)))?.data.times ?? 0;

test('trap 19: a crash between saving and publishing: the event arrives, once', () =>
  street(
    async (it) => {
      await it.invoke(shop.place, { id: 'o1' });
      await it.restart('shop'); // saved; the process ends before anything was published
      await it.runtime.advance(3_000);
      assert.deepEqual([await times(it, 'post', 'o1'), await times(it, 'bank', 'o1')], [1, 1]);
    },
    { ...embeddedBroker(), publish: () => {} },
  ));

test('trap 19: what the flush took back was never published', () =>
  street(async (it) => {
    it.failNextFlush('shop');
    await it.invoke(shop.place, { id: 'o1' }, { key: 'k1' }); // a second run succeeds
    await it.runtime.advance(3_000);
    assert.deepEqual([await times(it, 'post', 'o1'), await times(it, 'bank', 'o1')], [1, 1]);
  }));

test('trap 20: a subscriber that fails leaves the order and the other subscriber alone, and tries again', () =>
  street(async (it) => {
    broken.add('post');
    assert.deepEqual(await it.invoke(shop.place, { id: 'o1' }), { id: 'o1' });
    await it.runtime.advance(5_000);
    assert.deepEqual([await times(it, 'post', 'o1'), await times(it, 'bank', 'o1')], [0, 1]);
    broken.clear();
    await it.runtime.advance(15_000);
    assert.deepEqual([await times(it, 'post', 'o1'), await times(it, 'bank', 'o1')], [1, 1]);
  }));

test('trap 45: what is published while a consumer is down reaches it when it is up again', () =>
  street(async (it) => {
    it.service('post').stop();
    await it.invoke(shop.place, { id: 'o1' });
    await it.runtime.advance(5_000);
    assert.equal(await times(it, 'post', 'o1'), 0);
    await it.restart('post');
    await it.runtime.advance(3_000);
    assert.deepEqual([await times(it, 'post', 'o1'), await times(it, 'bank', 'o1')], [1, 1]);
  }));

test('trap 45: a handler that throws is given the event again, and it counts once', () =>
  street(async (it) => {
    broken.add('o1');
    await it.invoke(shop.place, { id: 'o1' });
    await it.runtime.advance(12_000);
    broken.clear();
    await it.restart('post');
    await it.runtime.advance(60_000);
    assert.deepEqual([await times(it, 'post', 'o1'), await times(it, 'bank', 'o1')], [1, 1]);
  }));

test('trap 46: a poisoned message parks its own key and no other', () =>
  street(async (it) => {
    broken.add('o1');
    for (const id of ['o1', 'o2', 'o3']) await it.invoke(shop.place, { id });
    await it.runtime.advance(120_000);
    const [post] = it.service('post').consumers;
    assert.deepEqual(post!.waiting, { messages: 1, parkedKeys: 1 });
    assert.deepEqual(
      await Promise.all(['o1', 'o2', 'o3'].map((id) => times(it, 'post', id))),
      [0, 1, 1],
    );
    await it.invoke(shop.place, { id: 'o4' });
    await it.runtime.settle();
    assert.deepEqual([await times(it, 'post', 'o4'), post!.pausedBy], [1, '']);
  }));
