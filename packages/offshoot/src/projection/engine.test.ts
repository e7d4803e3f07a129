// Does a build live with feeds of other processes, that are away and know envelopes only?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contract, event, jsonSchema, personal } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { embeddedBroker, type Feed, INBOX_COLLECTIONS, on, storeFeed } from '../messaging/index.ts';
import { append, collection, type Document, every, one, put } from '../store/index.ts';
import { SILENT } from '../telemetry/index.ts';
import { type Bench, bench, manualRuntime, testKeyring, testStamp } from '../testing/index.ts';
import { copyOf, PROJECTION_COLLECTIONS, projection, projectionEngine } from './index.ts';

const data = jsonSchema<{ id: string; name: string }>({ type: 'object' });
const { events } = contract('guests', {
  ...{ version: 1, operations: {} },
  events: {
    came: event({ ...{ version: 1, key: 'id', data }, personal: personal('id', ['name']) }),
  },
});
interface Row {
  readonly id: string;
  readonly name: string;
  readonly visits: number;
}
const rows = collection<Row>('rows', { personal: { subject: 'id', fields: ['name'] } });
const guests = projection('guests', 1, {
  collections: [rows],
  handlers: [
    on(events.came, {
      load: ({ event: { key } }) => ({ row: one(rows, key) }),
      decide: ({
        event: {
          key,
          data: { id, name },
        },
        loaded: { row },
      }) => ({
        documents: [put(rows, key, { id, name, visits: (row?.data.visits ?? 0) + 1 })],
      }),
    }),
  ],
});

async function opened(feedOf: (store: Bench['store']) => Feed) {
  const runtime = manualRuntime();
  const keyring = testKeyring(runtime);
  const copies = [copyOf(rows, 'a'), copyOf(rows, 'b')];
  const collections = [...INBOX_COLLECTIONS, ...PROJECTION_COLLECTIONS, ...copies];
  const producer = bench({ runtime, keyring, service: 'guests' });
  const desk = bench({ runtime, keyring, service: 'desk', collections });
  const came = async (id: string): Promise<void> => {
    await keyring.ensure([id]);
    const appends = [append(`guest/${id}`, [events.came({ id, name: `Name of ${id}` })])];
    await producer.store.stage({ appends, documents: [], stamp: testStamp() }, 0);
  };
  const feed = feedOf(producer.store);
  const engine = projectionEngine([guests], {
    ...desk,
    ...{ service: 'desk', logger: SILENT, broker: embeddedBroker(), feed: () => feed },
    stamp: () => testStamp(runtime.now()),
    lower: ({ appends = [], documents = [] }, stamp) => ({ appends, documents, stamp }),
    reach: () => assert.fail('a projector asks nobody'),
  });
  const all = (slot: 'a' | 'b') =>
    (desk.store.load(every(copyOf(rows, slot), { limit: 1_000 })) as Document<Row>[]).map(
      (found) => found.data,
    );
  return { runtime, keyring, engine, came, all };
}

test('a feed that is away is waited for; one that knows envelopes only is read like any other', async () => {
  let isAway = false;
  let asked = 0;
  const { runtime, engine, came, all } = await opened((store) => {
    const real = storeFeed('guests', store);
    const answer = <T>(run: () => Promise<T>): Promise<T> => {
      asked += 1;
      const away = new OffshootError('UNAVAILABLE', 'guests is away');
      return isAway ? Promise.reject(away) : run();
    };
    return {
      page: (after, limit) => answer(() => real.page(after, Math.min(limit, 7))),
      at: (position) => answer(() => real.at(position)),
      head: () => answer(() => real.head()),
    };
  });
  for (let index = 0; index < 30; index += 1) await came(`g${index % 4}`);
  await engine.start();
  await runtime.advance(3_000);
  assert.deepEqual(
    all('a').map(({ visits }) => visits),
    [8, 8, 7, 7],
  );
  isAway = true;
  await engine.rebuild('guests');
  await runtime.advance(3_000);
  assert.deepEqual(all('b'), []);
  assert.ok(asked < 200, 'waiting asks less and less often');
  isAway = false;
  await runtime.advance(15_000);
  assert.deepEqual(all('b'), all('a'));
  assert.equal((await engine.list())[0]?.live, 'guests.v1.2');
  engine.stop();
});

test('rows of an erased person are rebuilt as erased, and sealed otherwise', async () => {
  const { runtime, keyring, engine, came, all } = await opened((store) =>
    storeFeed('guests', store),
  );
  for (const id of ['ada', 'bob', 'ada']) await came(id);
  await engine.start();
  await runtime.advance(2_000);
  await keyring.forget('ada');
  await engine.rebuild('guests');
  await runtime.advance(2_000);
  assert.deepEqual(all('b'), [
    { id: 'ada', name: { erased: true }, visits: 2 },
    { id: 'bob', name: 'Name of bob', visits: 1 },
  ]);
  engine.stop();
});

test('rows far behind a log of this process are brought near it before they follow', async () => {
  const { runtime, engine, came, all } = await opened((store) => storeFeed('guests', store));
  for (let index = 0; index < 10_050; index += 1) await came(`g${index % 5}`);
  await engine.start();
  await runtime.settle();
  assert.deepEqual(
    all('a').map(({ visits }) => visits),
    [2_010, 2_010, 2_010, 2_010, 2_010],
  );
  await came('g0');
  await runtime.advance(2_000);
  assert.equal(all('a')[0]?.visits, 2_011);
  engine.stop();
});
