// What becomes of units while the database does not answer, and afterwards?
import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { nodeRuntime } from 'offshoot/runtime/node';
import { sealer } from 'offshoot/security';
import { append, collection, one, put, runUnit, START, type Store } from 'offshoot/store';
import { UNMEASURED } from 'offshoot/telemetry';
import { testKeyring, testStamp } from 'offshoot/testing';
import { postgresStore } from './postgres-store.ts';
import { dropSchema, freshSchema, POSTGRES_URL } from './store-under-test.ts';

const runtime = nodeRuntime();
const keyring = testKeyring(runtime);
const jars = collection<{ readonly count: number }>('jars');
const schemas: string[] = [];
const stores: Store[] = [];
const wires: Wire[] = [];
after(async () => {
  for (const wire of wires) wire.mend();
  await Promise.all(stores.map((store) => store.close()));
  for (const wire of wires) wire.close();
  for (const schema of schemas) await dropSchema(schema);
  keyring.close();
});

/** The network to the database. */
interface Wire {
  readonly url: string;
  /** Connections break and none comes through. */
  cut(): void;
  /** Nothing arrives any more, and nobody is told. */
  freeze(): void;
  mend(): void;
  close(): void;
}

async function wire(): Promise<Wire> {
  const to = new URL(POSTGRES_URL);
  const sockets = new Set<Socket>();
  let state: 'well' | 'cut' | 'frozen' = 'well';
  const server: Server = createServer((near) => {
    if (state === 'cut') {
      near.destroy();
      return;
    }
    const far = connect(Number(to.port || 5432), to.hostname);
    for (const [from, into] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => {});
      from.on('close', () => into.destroy());
      from.on('data', (chunk) => void (state === 'frozen' || into.write(chunk)));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const url = new URL(POSTGRES_URL);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  const drop = () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
  };
  const made: Wire = {
    url: url.href,
    cut() {
      state = 'cut';
      drop();
    },
    freeze() {
      state = 'frozen';
    },
    mend() {
      if (state === 'frozen') drop();
      state = 'well';
    },
    close() {
      drop();
      server.close();
    },
  };
  wires.push(made);
  return made;
}

async function open(url: string): Promise<Store> {
  const schema = freshSchema();
  schemas.push(schema);
  const store = await postgresStore({
    ...{ runtime, url, service: 'toys', schema, collections: [jars] },
    sealer: sealer(keyring, runtime.cryptography),
    limits: { awayMs: 300, statementMs: 500, connectMs: 1_000 },
  });
  stores.push(store);
  return store;
}

const made = (key: string) => ({
  appends: [append(`toy/${key}`, [{ type: 'toy.made', schema: 1, public: true, key, data: {} }])],
  ...{ documents: [], stamp: testStamp() },
});

async function timed(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return performance.now() - began;
}

const add = (store: Store) =>
  runUnit(
    { store, runtime, keyring, metrics: UNMEASURED },
    () => ({ jar: one(jars, 'j') }),
    ({ jar }) => {
      const count = (jar?.data.count ?? 0) + 1;
      return { change: { ...made('j'), documents: [put(jars, 'j', { count })] }, value: count };
    },
  );

/** The network is well: soon it works again, on each of the two connections. */
async function eventually<T>(what: () => T | Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1)
    try {
      return await what();
    } catch (error) {
      assert.ok(tries < 50, String(error));
      await runtime.sleep(100);
    }
}

test('a database that is away is UNAVAILABLE in bounded time, and the store goes on when it is back', async () => {
  const net = await wire();
  const store = await open(net.url);
  await store.stage(made('a'), store.failures);
  net.cut();
  const ms = await timed(() => assert.rejects(add(store), { code: 'UNAVAILABLE' }));
  assert.ok(ms < 3_000, `it took ${ms} ms to say so`);
  await assert.rejects(async () => store.readLog({ epoch: 1, seq: 0 }, 10), {
    code: 'UNAVAILABLE',
  });
  net.mend();
  await eventually(() => add(store));
  const { entries } = await eventually(() => store.readLog(START, 10));
  assert.deepEqual(
    entries.map(({ seq, key }) => [seq, key]),
    [
      [1, 'a'],
      [2, 'j'],
    ],
  );
});

test('a network that swallows everything is noticed by a deadline, and what it swallowed is resolved', async () => {
  const net = await wire();
  const store = await open(net.url);
  await store.stage(made('a'), store.failures);
  net.freeze();
  const staged = store.stage(made('b'), store.failures);
  setTimeout(net.mend, 700);
  const ms = await timed(() => assert.rejects(staged, { code: 'CONFLICT' }));
  assert.ok(ms < 6_000, `it took ${ms} ms`);
  assert.equal((await store.stage(made('c'), store.failures)).position.seq, 2);
});

test('through forty cuts every unit that was answered is there, once, and none twice', async () => {
  const net = await wire();
  const store = await open(net.url);
  const answered: number[] = [];
  let isOver = false;
  /** On a busy machine connecting takes longer than until the next cut. */
  const anotherAnswer = async () => {
    const { length } = answered;
    for (let tries = 0; answered.length === length && tries < 100; tries += 1)
      await runtime.sleep(50);
  };
  const cutting = (async () => {
    for (let cut = 0; cut < 40; cut += 1) {
      await runtime.sleep(Math.random() * 100);
      net.cut();
      net.mend();
      if (cut % 8 === 7) await anotherAnswer();
    }
    isOver = true;
  })();
  const worker = async () => {
    while (!isOver)
      await add(store).then(
        ({ value }) => void answered.push(value),
        (error) => assert.equal(error.code, 'UNAVAILABLE'),
      );
  };
  await Promise.all([cutting, ...Array.from({ length: 8 }, worker)]);
  answered.push((await eventually(() => add(store))).value);
  assert.equal(new Set(answered).size, answered.length, 'no answer is given twice');
  const count = (await eventually(() => store.load(one(jars, 'j'))))?.data.count ?? 0;
  const { entries } = await store.readLog(START, 100_000);
  assert.equal(entries.length, count, 'an event for each');
  assert.ok(answered.every((value) => value <= count));
  assert.ok(answered.length > 1, `${answered.length} answered`);
});
