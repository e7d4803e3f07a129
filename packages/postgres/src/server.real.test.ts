// What does the store make of servers, schemas and values that are not as it would like them?
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { nodeRuntime } from 'offshoot/runtime/node';
import { sealer } from 'offshoot/security';
import { append, collection, every, one, put, START, type Store, where } from 'offshoot/store';
import { testKeyring, testStamp } from 'offshoot/testing';
import { MIGRATIONS } from './migrations.ts';
import { type PostgresStoreOptions, postgresStore } from './postgres-store.ts';
import { dropSchema, freshSchema, POSTGRES_URL, sql } from './store-under-test.ts';

const runtime = nodeRuntime();
const keyring = testKeyring(runtime);
interface Jar {
  readonly count: number;
  readonly kind?: string;
  readonly place?: string | null;
}
const jars = collection<Jar>('jars', { indexes: ['kind'] });

const schemas: string[] = [];
const stores: Store[] = [];
after(async () => {
  await Promise.all(stores.map((store) => store.close()));
  for (const schema of schemas) await dropSchema(schema);
  keyring.close();
});

async function open(schema: string, more: Partial<PostgresStoreOptions> = {}): Promise<Store> {
  if (!schemas.includes(schema)) schemas.push(schema);
  const store = await postgresStore({
    ...{ runtime, url: POSTGRES_URL, service: 'toys', schema, collections: [jars] },
    sealer: sealer(keyring, runtime.cryptography),
    ...more,
  });
  stores.push(store);
  return store;
}

const puts = (id: string, data: Jar, into = jars) => ({
  ...{ appends: [], documents: [put(into, id, data)], stamp: testStamp() },
});
const made = (key: string) => ({
  appends: [append(`toy/${key}`, [{ type: 'toy.made', schema: 1, public: true, key, data: {} }])],
  ...{ documents: [], stamp: testStamp() },
});
const ids = (found: readonly { readonly id: string }[]) => found.map(({ id }) => id);

test("another service's schema is refused", async () => {
  const schema = freshSchema();
  await open(schema);
  await assert.rejects(open(schema, { service: 'others' }), { code: 'STORE_MISMATCH' });
});

test('a newer release adds, and this one goes on; what breaks with this one is refused', async () => {
  const schema = freshSchema();
  const running = await open(schema);
  await running.stage(puts('a', { count: 1 }), 0);
  const next = MIGRATIONS.at(-1)!.number + 1;
  await sql(`ALTER TABLE ${schema}.documents ADD COLUMN note text;
    CREATE TABLE ${schema}.something_new (id int);
    INSERT INTO ${schema}.migrations VALUES (${next}, 'an addition', ${next - 1})`);
  await running.stage(puts('a', { count: 2 }), 0);
  const restarted = await open(schema);
  await restarted.stage(puts('b', { count: 3 }), 0);
  assert.deepEqual(ids(await running.load(every(jars))), ['a', 'b']);
  await sql(`INSERT INTO ${schema}.migrations VALUES (${next + 1}, 'a break', ${next + 1})`);
  await assert.rejects(open(schema), { code: 'STORE_TOO_NEW' });
});

test('a release without an index keeps it for the release that has it', async () => {
  const schema = freshSchema();
  const older = await open(schema);
  await older.stage(puts('a', { count: 1, kind: 'k', place: 'shelf' }), 0);
  const placed = collection<Jar>('jars', { indexes: ['kind', 'place'] });
  const newer = await open(schema, { collections: [placed] });
  const onShelf = async () => ids(await newer.load(where(placed, 'place', 'shelf')));
  assert.deepEqual(await onShelf(), ['a'], 'what was there before the index is in it');
  await older.stage(puts('b', { count: 1, kind: 'k', place: 'shelf' }), 0);
  await newer.stage(puts('c', { count: 1, place: 'shelf' }, placed), 0);
  await older.stage(puts('a', { count: 2, place: 'floor' }), 0);
  assert.deepEqual(await onShelf(), ['b', 'c']);
  assert.deepEqual(ids(await newer.load(where(placed, 'place', 'floor'))), ['a']);
  assert.equal(older.failures, 0);
});

test('ten processes that open a new schema at once make it once', async () => {
  const schema = freshSchema();
  const opened = await Promise.all(Array.from({ length: 10 }, () => open(schema)));
  assert.equal(new Set(opened.map(({ identity }) => identity)).size, 1);
});

test('sessions that the server has ended are begun again', async () => {
  const schema = freshSchema();
  const store = await open(schema, { limits: { awayMs: 3_000 } });
  await store.stage(made('a'), store.failures);
  const name = `offshoot toys ${schema}`;
  const ended = await sql(
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE $1',
    [`${name}%`],
  );
  assert.equal(ended.length, 2);
  await runtime.sleep(400);
  assert.equal((await store.stage(made('b'), store.failures)).position.seq, 2);
  assert.equal((await store.readLog(START, 10)).entries.length, 2);
});

test('nobody answers: opening says so', async () => {
  const url = 'postgres://postgres@127.0.0.1:1/none';
  await assert.rejects(open(freshSchema(), { url }), { code: 'UNAVAILABLE' });
});

test('ids are in the order of their bytes, and any text but NUL is kept as it is', async () => {
  const store = await open(freshSchema());
  const names = [
    'Z',
    'a',
    'ä',
    'é',
    '10',
    '9',
    '_',
    '\u{1f600}',
    "o'x",
    '"q"',
    '\\b',
    '{}',
    'NULL',
  ];
  for (const id of names)
    await store.stage(puts(id, { count: 1, kind: `${id}\u0000\ud800` }), store.failures);
  const bytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  assert.deepEqual(ids(await store.load(every(jars))), [...names].sort(bytes));
  for (const id of names) {
    assert.equal((await store.load(one(jars, id)))?.data.kind, `${id}\u0000\ud800`);
    assert.deepEqual(ids(await store.load(where(jars, 'kind', `${id}\u0000\ud800`))), [id]);
  }
  assert.throws(() => store.stage(puts('a\u0000b', { count: 1 }), store.failures), {
    code: 'VALIDATION_FAILED',
  });
  assert.throws(() => store.stage(puts('x'.repeat(701), { count: 1 }), store.failures), {
    code: 'VALIDATION_FAILED',
  });
});

test('a long value is found by its index, and absent ones by null', async () => {
  const store = await open(freshSchema());
  const long = 'long'.repeat(2_000);
  await store.stage(puts('a', { count: 1, kind: long }), 0);
  await store.stage(puts('b', { count: 1, kind: `${long}!` }), 0);
  await store.stage(puts('c', { count: 1 }), 0);
  assert.deepEqual(ids(await store.load(where(jars, 'kind', long))), ['a']);
  assert.deepEqual(ids(await store.load(where(jars, 'kind', null))), ['c']);
});

test('an entry that was changed, or moved, is told from one that was not', async () => {
  const schema = freshSchema();
  const store = await open(schema);
  for (const key of ['a', 'b', 'a']) await store.stage(made(key), 0);
  const read = async () => (await store.readLog(START, 10)).entries;
  assert.equal((await read()).length, 3);
  const spoilt = [
    [`UPDATE ${schema}.log SET data = '{"n":1}' WHERE seq = 2`, `data = '{}'`],
    [`UPDATE ${schema}.log SET version = 7 WHERE seq = 2`, 'version = 1'],
    [`UPDATE ${schema}.log SET previous_seq = 9 WHERE seq = 2`, 'previous_seq = NULL'],
  ];
  for (const [spoil, mend] of spoilt) {
    await sql(spoil!);
    await assert.rejects(read(), { code: 'STORE_CORRUPT' });
    await sql(`UPDATE ${schema}.log SET ${mend} WHERE seq = 2`);
  }
  assert.equal((await read()).length, 3);
});
