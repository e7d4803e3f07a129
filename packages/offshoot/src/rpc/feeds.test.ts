// Do events reach consumers in another process as they reach those of their own?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contract, event, jsonSchema } from '../contract/index.ts';
import { embeddedBroker, type FeedPage, storeFeed } from '../messaging/index.ts';
import { nodeRuntime, serveHttp } from '../runtime/node/index.ts';
import { ANONYMOUS, servicePrincipal } from '../security/index.ts';
import { append, type Store } from '../store/index.ts';
import { SILENT } from '../telemetry/index.ts';
import {
  type Bench,
  bench,
  feedConformance,
  messagingConformance,
  type OpenFeed,
  testPassports,
  testStamp,
} from '../testing/index.ts';
import {
  type Callee,
  callDoor,
  callFeed,
  followFeed,
  httpDoor,
  httpTransport,
  inProcess,
  withFeed,
} from './index.ts';

const runtime = nodeRuntime();
const principal = servicePrincipal('town');
const closed: Callee = async () => assert.fail('only the feed is asked');

/** The feed of a store in this process, by calls. */
const called = (service: string, store: Store) => {
  const { transport, register } = inProcess(runtime);
  register(service, withFeed(closed, { runtime, store, feed: storeFeed(service, store) }));
  return { feed: callFeed({ runtime, service, transport, principal }), transport };
};

const overHttp = async ({ store }: Bench) => {
  const { passports, control } = testPassports(runtime);
  const callee = withFeed(closed, { runtime, store, feed: storeFeed('bakery', store) });
  const handle = httpDoor(callDoor({ runtime, control, callee: () => callee }));
  const server = await serveHttp({ handle, port: 0 });
  const transport = httpTransport({ runtime, url: server.url, passports });
  const feed = callFeed({ runtime, service: 'bakery', transport, principal });
  return { feed, transport, close: () => server.close(0) };
};

const WAYS: Readonly<Record<string, OpenFeed>> = {
  'of a store': async ({ store }) => ({ feed: storeFeed('bakery', store), close: async () => {} }),
  'by calls': async ({ store }) => ({ ...called('bakery', store), close: async () => {} }),
  'over http': overHttp,
};

for (const [way, open] of Object.entries(WAYS))
  for (const { name, run } of feedConformance(`a feed ${way}`, open)) test(name, run);

const adapter = {
  broker: () => embeddedBroker(),
  feed: (service: string, store: Store) => called(service, store).feed,
};
for (const { name, run } of messagingConformance('by calls', adapter)) test(name, run);

const bakery = contract('bakery', {
  version: 1,
  noun: 'loaf',
  operations: {},
  events: { baked: event({ version: 1, key: 'key', data: jsonSchema<any>({ type: 'object' }) }) },
});

async function producing(t: { after(task: () => Promise<void>): void }) {
  const producer = bench({ runtime, service: 'bakery' });
  const opened = await overHttp(producer);
  t.after(async () => {
    await opened.close();
    await producer.store.close();
  });
  const { store } = producer;
  return { ...opened, store };
}

test('who waits for news is answered when there is some, and not before', async (t) => {
  const { feed, store } = await producing(t);
  const waiting = feed.news(await feed.head(), 10, { waitMs: 20_000 });
  const early = await Promise.race([waiting, feed.head().then(() => 'nothing yet')]);
  assert.equal(early, 'nothing yet');
  await commit(store, 1);
  const { events, upto } = await waiting;
  assert.deepEqual([events.length, upto], [1, store.head()]);
  const empty = await feed.news(upto, 10, { waitMs: 10 });
  assert.deepEqual([empty.events, empty.upto], [[], upto]);
});

test('a page of large events ends early, and the next one goes on', async (t) => {
  const { feed, store } = await producing(t);
  for (let n = 0; n < 5; n += 1) await commit(store, n, 'x'.repeat(900_000));
  const first = await feed.page({ epoch: 1, seq: 0 }, 500);
  const second = await feed.page(first.upto, 500);
  assert.deepEqual([first.events.length, second.events.length], [2, 2]);
});

test('a feed is for services, and for nobody else', async (t) => {
  const { transport } = await producing(t);
  const headers = { deadlineMs: 1_000, correlationId: '', causationId: '', traceparent: '' };
  const operation = 'offshoot.head';
  const call = { service: 'bakery', operation, input: null, principal: ANONYMOUS, headers };
  const reply = await transport(call);
  assert.equal(reply.kind === 'error' && reply.error.code, 'FORBIDDEN');
});

test('a follower pushes what comes, also after the producer was away', async (t) => {
  const producer = bench({ runtime, service: 'bakery' });
  const { store } = producer;
  let opened = await overHttp(producer);
  const broker = embeddedBroker();
  const pages: FeedPage[] = [];
  let arrived = (): void => {};
  broker.subscribe('bakery', (page) => {
    pages.push(page);
    arrived();
  });
  const next = () =>
    new Promise<void>((resolve) => {
      arrived = resolve;
    });
  const feed = callFeed({
    ...{ runtime, service: 'bakery', principal },
    transport: (call) => opened.transport(call),
  });
  const stop = followFeed({ runtime, feed, broker, service: 'bakery', logger: SILENT });
  t.after(async () => {
    stop();
    await opened.close();
    await store.close();
  });
  await feed.head();
  let came = next();
  await commit(store, 1);
  await came;
  await opened.close();
  opened = await overHttp(producer);
  came = next();
  await commit(store, 2);
  await came;
  const numbers = pages.flatMap(({ events }) => events.map(({ data }) => (data as any).n));
  assert.deepEqual(numbers, [1, 2]);
});

async function commit(store: Store, n: number, text = ''): Promise<void> {
  const appends = [append('loaf/k', [bakery.events.baked({ key: 'k', n, text })])];
  await store.stage({ appends, documents: [], stamp: testStamp(runtime.now()) }, store.failures);
}
