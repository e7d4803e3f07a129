// Does a subscription read what an older release of its producer wrote, and never skip a newer one?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  anyone,
  command,
  contract,
  ERASED,
  event,
  jsonSchema,
  personal,
  unlessErased,
} from '../contract/index.ts';
import { on, subscription, type Waiting, waiting } from '../messaging/index.ts';
import { append, collection, type Document, every, put } from '../store/index.ts';
import { system } from '../testing/index.ts';
import { commandHandler, service } from './index.ts';

const Facts = jsonSchema<Record<string, any>>({ type: 'object', required: ['guestId'] });
const operations = () => ({
  note: command('POST /', { input: Facts, output: Facts, access: anyone() }),
});
const guest = { key: 'guestId', data: Facts } as const;

const old = contract('inn', {
  ...{ version: 1, noun: 'guest', operations: operations() },
  events: { arrived: event({ ...guest, version: 1, personal: personal('guestId', ['name']) }) },
});
const grown = contract('inn', {
  ...{ version: 1, noun: 'guest', operations: operations() },
  events: {
    arrived: event({
      ...{ ...guest, version: 2, personal: personal('guestId', ['first']) },
      upcasts: {
        1: ({ name, ...rest }) => ({
          ...rest,
          first: unlessErased(name, (all: string) => all.split(' ')[0]),
        }),
      },
    }),
  },
});

const producer = (of: typeof old) =>
  service(of, {
    handlers: {
      note: commandHandler(of.note, {
        decide: ({ input }) => ({
          appends: [append(`guest/${input.guestId}`, [of.events.arrived(input)])],
          reply: input,
        }),
      }),
    },
  });

const seen = collection<Record<string, unknown>>('seen');
const reader = (of: typeof old) =>
  service(contract('desk', { version: 1, operations: {}, events: {} }), {
    ...{ handlers: {}, collections: [seen] },
    subscriptions: [
      subscription('desk', [
        on(of.events.arrived, {
          decide: ({ event: { id, data } }) => ({ documents: [put(seen, id, data)] }),
        }),
      ]),
    ],
  });

async function seenBy(of: typeof old, from: typeof old, forget: readonly string[] = []) {
  const inn = await system([producer(from), reader(of)]);
  try {
    for (const guestId of forget) {
      await inn.keyring.ensure([guestId]);
      await inn.keyring.forget(guestId);
    }
    await inn.invoke(from.note, { guestId: 'g', name: 'Ada King', room: 7 });
    await inn.runtime.advance(2_000);
    const store = inn.store('desk');
    const found = (await store.load(every(seen))) as Document<any>[];
    const parked = (await store.load(every(waiting))) as Document<Waiting>[];
    return { data: found.map((one) => one.data), parked: parked.map(({ data }) => data.reason) };
  } finally {
    await inn.close();
  }
}

test('an event of an older version reaches its handler in the current one', async () => {
  const { data, parked } = await seenBy(grown, old);
  assert.deepEqual([data, parked], [[{ guestId: 'g', first: 'Ada', room: 7 }], []]);
});

test('a personal field that was erased passes the upcaster', async () => {
  const { data } = await seenBy(grown, old, ['g']);
  assert.deepEqual(data, [{ guestId: 'g', first: ERASED, room: 7 }]);
});

test('trap 48: an event of a newer version is not skipped: who reads it waits for its release, says so, and goes on with it', async () => {
  const inn = await system([producer(grown), reader(old)]);
  try {
    await inn.invoke(grown.note, { guestId: 'g', first: 'Ada' });
    await inn.runtime.advance(600_000); // longer than any message is tried
    const all = async (of: any) => (await inn.store('desk').load(every(of))) as Document<any>[];
    const [desk] = inn.service('desk').subscribed;
    assert.match(desk!.pausedBy, /guest.arrived v2 is newer than v1/);
    assert.deepEqual([await all(seen), await all(waiting)], [[], []]);
    await inn.restart('desk', reader(grown));
    await inn.runtime.advance(2_000);
    assert.deepEqual(
      (await all(seen)).map(({ data }) => data),
      [{ guestId: 'g', first: 'Ada' }],
    );
  } finally {
    await inn.close();
  }
});
