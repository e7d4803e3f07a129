// Do several processes on one store stay out of each other's way, and miss nothing of each other?
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { nodeRuntime } from 'offshoot/runtime/node';
import { sealer } from 'offshoot/security';
import {
  append,
  collection,
  type Entry,
  one,
  put,
  remove,
  runUnit,
  START,
  type Store,
  streamOf,
  where,
} from 'offshoot/store';
import { UNMEASURED } from 'offshoot/telemetry';
import { testKeyring, testStamp } from 'offshoot/testing';
import { type PostgresStoreInside, postgresStore } from './postgres-store.ts';
import { dropSchema, freshSchema, POSTGRES_URL, type Spoil, spoiling } from './store-under-test.ts';

const runtime = nodeRuntime();
const keyring = testKeyring(runtime);
const jars = collection<{ readonly count: number; readonly kind?: string }>('jars', {
  indexes: ['kind'],
});

const schemas: string[] = [];
const stores: Store[] = [];
after(async () => {
  await Promise.all(stores.map((store) => store.close()));
  for (const schema of schemas) await dropSchema(schema);
  keyring.close();
});

async function open(schema: string, inside: PostgresStoreInside = {}, pollMs = 60_000) {
  if (!schemas.includes(schema)) schemas.push(schema);
  const seals = sealer(keyring, runtime.cryptography);
  const store = await postgresStore(
    {
      runtime,
      url: POSTGRES_URL,
      service: 'toys',
      schema,
      sealer: seals,
      collections: [jars],
      pollMs,
    },
    inside,
  );
  stores.push(store);
  return { store, runtime, keyring, metrics: UNMEASURED };
}

const event = (key: string, data: unknown = {}) => ({
  ...{ type: 'toy.made', schema: 1, public: true, key, data },
});
const made = (key: string, data: unknown = {}) => ({
  ...{ appends: [append(`toy/${key}`, [event(key, data)])], documents: [], stamp: testStamp() },
});
const all = async ({ store }: { store: Store }): Promise<readonly Entry[]> =>
  (await store.readLog(START, 100_000)).entries;
const dense = (entries: readonly Entry[]) => entries.every(({ seq }, index) => seq === index + 1);

async function until(what: () => boolean | Promise<boolean>, ms = 5_000): Promise<void> {
  for (const end = Date.now() + ms; !(await what()); ) {
    assert.ok(Date.now() < end, `not so after ${ms} ms`);
    await runtime.sleep(2);
  }
}

test('units of two processes that count on one document all have their effect, each once', async () => {
  const schema = freshSchema();
  const both = [await open(schema), await open(schema)];
  const add = (context: (typeof both)[0], n: number) =>
    runUnit(
      context,
      () => ({ jar: one(jars, 'j') }),
      ({ jar }) => {
        const count = (jar?.data.count ?? 0) + 1;
        const documents = [put(jars, 'j', { count })]; // names no revision: what was read counts
        return { change: { ...made('j', { n }), documents }, value: count };
      },
    );
  const values: number[] = [];
  for (let round = 0; round < 10; round += 1)
    values.push(
      ...(await Promise.all(Array.from({ length: 20 }, (_, n) => add(both[n % 2]!, n)))).map(
        ({ value }) => value,
      ),
    );
  assert.equal(new Set(values).size, 200);
  assert.equal((await both[0]!.store.load(one(jars, 'j')))?.data.count, 200);
  await until(() => both.every(({ store }) => store.head().seq === 200));
  const entries = await all(both[1]!);
  assert.equal(entries.length, 200);
  assert.ok(dense(entries));
  assert.deepEqual(
    entries.map(({ version }) => version),
    entries.map((_, index) => index + 1),
  );
  assert.deepEqual(
    entries.map(({ previous }) => previous?.seq),
    entries.map((_, index) => index || undefined),
  );
});

test('what two processes found missing is claimed by one of them', async () => {
  const schema = freshSchema();
  const both = [await open(schema), await open(schema)];
  const claim = (context: (typeof both)[0], id: string) =>
    runUnit(
      context,
      () => ({ found: where(jars, 'kind', 'only') }),
      ({ found }) => {
        if (found.length > 0) return { value: false };
        const documents = [put(jars, id, { count: 1, kind: 'only' })];
        return { change: { appends: [], documents, stamp: testStamp() }, value: true };
      },
    );
  const claims = Array.from({ length: 16 }, (_, n) => claim(both[n % 2]!, `c${n}`));
  const won = (await Promise.all(claims)).filter(({ value }) => value);
  assert.equal(won.length, 1);
  assert.equal((await both[0]!.store.load(where(jars, 'kind', 'only'))).length, 1);
});

test('a unit that another process has overtaken spares the others of its group', async () => {
  const schema = freshSchema();
  const [a, b] = [await open(schema), await open(schema)];
  const jar = (id: string, expected?: number) => ({
    ...made(id),
    documents: [put(jars, id, { count: 1 }, expected)],
  });
  await a.store.stage(jar('x', 0), a.store.failures);
  await b.store.stage({ ...jar('x'), documents: [put(jars, 'x', { count: 2 }, 1)] }, 0);
  const late = a.store.stage(jar('x', 1), a.store.failures);
  const built = a.store.stage(
    { ...jar('y'), documents: [put(jars, 'x', { count: 9 }, 2), put(jars, 'y', { count: 9 })] },
    a.store.failures,
  );
  const others = ['p', 'q'].map((id) => a.store.stage(jar(id), a.store.failures));
  await assert.rejects(late, { code: 'CONFLICT' });
  await assert.rejects(built, { code: 'CONFLICT' }, 'what was built on it falls with it');
  const places = (await Promise.all(others)).map(({ position }) => position.seq);
  assert.deepEqual(places, [3, 4]);
  assert.equal((await a.store.load(one(jars, 'x')))?.data.count, 2);
  assert.equal(await a.store.load(one(jars, 'y')), undefined);
});

test('a commit whose answer was lost is found again, with its positions, and not done twice', async () => {
  const schema = freshSchema();
  const spoil: Spoil = { next: 'nothing' };
  const a = await open(schema, { onWriter: spoiling(spoil) });
  await a.store.stage(made('k'), 0);
  spoil.next = 'answer';
  const staged = ['k', 'l', 'm'].map((key) => a.store.stage(made(key), a.store.failures));
  const places = (await Promise.all(staged)).map(({ position }) => position.seq);
  assert.deepEqual(places, [2, 3, 4]);
  assert.equal(a.store.failures, 0);
  assert.equal((await a.store.stage(made('n'), a.store.failures)).position.seq, 5);
  assert.ok(dense(await all(a)));
});

test('a commit that was told not to have happened cannot happen later', async () => {
  const schema = freshSchema();
  let late: (() => Promise<unknown>) | undefined;
  const a = await open(schema, {
    onWriter: (writer) => ({
      ...writer,
      async run(statement, values) {
        if (statement.name !== 'commit' || late) return writer.run(statement, values);
        late = () => writer.run(statement, values); // still on its way when its sender asks
        const { ConnectionLost } = await import('./connection.ts');
        throw new ConnectionLost('lost on purpose');
      },
    }),
  });
  await assert.rejects(a.store.stage(made('k'), 0), { code: 'CONFLICT' });
  await assert.rejects(late!(), { state: '23505' });
  assert.deepEqual(await all(a), []);
});

test('a process hears of what another wrote within moments, without looking', async () => {
  const schema = freshSchema();
  const [a, b] = [await open(schema), await open(schema)];
  const waits: number[] = [];
  for (let n = 0; n < 50; n += 1) {
    const heard = new Promise<number>((resolve) => {
      const leave = b.store.onDurable(() => {
        leave();
        resolve(performance.now());
      });
    });
    await a.store.stage(made(`k${n}`), a.store.failures);
    const told = performance.now();
    waits.push((await heard) - told);
  }
  waits.sort((x, y) => x - y);
  assert.ok(waits[25]! < 25, `half of the calls took more than ${waits[25]} ms`);
  assert.equal(b.store.head().seq, 50);
  assert.ok(dense(await all(b)));
});

test('a call that was lost is made up for by looking', async () => {
  const schema = freshSchema();
  const a = await open(schema);
  const b = await open(schema, {}, 50);
  let heard = 0;
  b.store.onDurable(() => {
    heard += 1;
  });
  const { sql } = await import('./store-under-test.ts');
  // Nobody calls for a row that comes by another way.
  await a.store.stage(made('k'), 0);
  await until(() => b.store.head().seq === 1);
  await sql(`INSERT INTO ${schema}.log SELECT seq + 1, epoch, format, unit, stream, version + 1,
    gen_random_uuid(), type, schema, at, key, correlation, causation, actor, tenant, subject, public,
    epoch, seq, data, meta, sum FROM ${schema}.log`);
  await until(() => b.store.head().seq === 2);
  assert.equal(heard, 2);
});

test('a stream that both write has every version once', async () => {
  const schema = freshSchema();
  const both = [await open(schema), await open(schema)];
  const add = (context: (typeof both)[0]) =>
    runUnit(
      context,
      () => ({ read: streamOf('toy/s') }),
      ({ read: { version } }) => ({
        change: { ...made('s'), appends: [append('toy/s', [event('s', { version })], version)] },
        value: version,
      }),
    );
  await Promise.all(Array.from({ length: 60 }, (_, n) => add(both[n % 2]!)));
  const { version, events } = await both[0]!.store.load(streamOf('toy/s'));
  assert.equal(version, 60);
  assert.deepEqual(
    events.map(({ data }) => data.version),
    events.map((_, index) => index),
  );
});

test('a removal and an insertion in one group leave one document at revision 1', async () => {
  const a = await open(freshSchema());
  const documents = (change: unknown) => ({
    appends: [],
    documents: [change as never],
    stamp: testStamp(),
  });
  await a.store.stage(documents(put(jars, 'z', { count: 1 })), 0);
  const staged = [
    remove(jars, 'z', 1),
    put(jars, 'z', { count: 2 }, 0),
    put(jars, 'w', { count: 1 }),
  ];
  await Promise.all(staged.map((change) => a.store.stage(documents(change), 0)));
  assert.deepEqual(await a.store.load(one(jars, 'z')), {
    id: 'z',
    revision: 1,
    data: { count: 2 },
  });
});
