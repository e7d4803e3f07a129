// Is a move refused where it has to be, ended when somebody wants it, and equal where it succeeds?
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, beforeEach, test } from 'node:test';
import { postgresStore } from '@offshoot/postgres';
import { nodeRuntime } from 'offshoot/runtime/node';
import { sealer } from 'offshoot/security';
import { testKeyring } from 'offshoot/testing';
import { sql as ask } from './server.ts';
import { type Workshop, workshopUnderTest } from './workshop-under-test.ts';

const runtime = nodeRuntime();
const keyring = testKeyring(runtime);
let shop: Workshop;
before(async () => {
  shop = await workshopUnderTest();
  await shop.start();
});
after(async () => {
  await shop?.close();
  keyring.close();
});
const sql = (text: string) => ask(text, shop.url);
beforeEach(() => sql('DROP SCHEMA IF EXISTS counters CASCADE'));

const plan = (service: string, store: string) => shop.ask('move.plan', { service, store });
const refused = (service: string, store: string, code: string, message: RegExp) =>
  assert.rejects(plan(service, store), (error: any) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    return true;
  });

test('a move that makes no sense is refused, and says why', async () => {
  await refused('nobody', 'postgres', 'BAD_SETTING', /no service 'nobody'.*counters, tally/);
  await refused('counters', 'mysql://h/d', 'BAD_SETTING', /'mysql:\/\/h\/d'.*sqlite, postgres/);
  await refused('counters', 'sqlite', 'BAD_SETTING', /in sqlite already/);
  await refused('counters', '', 'BAD_SETTING', /postgres:\/\//);
  const secret = 'postgres://me:hush@127.0.0.1:1/none';
  await refused('counters', secret, 'UNAVAILABLE', /^(?!.*hush)/);
});

test('a schema with something in it is no target, and is left as it is', async () => {
  await sql('CREATE SCHEMA counters; CREATE TABLE counters.theirs (x int)');
  await refused('counters', 'postgres', 'STORE_MISMATCH', /tables of something else/);
  await sql('DROP SCHEMA counters CASCADE');
  const other = await openHere('counters');
  await other.close();
  await refused('counters', 'postgres', 'STORE_MISMATCH', /has a store of counters/);
  const begun = shop.ask('move.begin', { service: 'counters', store: 'postgres' });
  await assert.rejects(begun, { code: 'STORE_MISMATCH' });
  assert.equal((await sql('SELECT 1 FROM counters.meta')).length, 2);
});

const openHere = (service: string) =>
  postgresStore({
    ...{ runtime, url: shop.url, service, collections: [] },
    sealer: sealer(keyring, runtime.cryptography),
  });

test('what half a move left is no store, and the next move makes it again', async () => {
  const stop = shop.busy();
  await shop.ask('move.begin', { service: 'counters', store: 'postgres' });
  await shop.ask('move.cancel', { service: 'counters' });
  const state = await ended();
  assert.ok(['cancelled', 'moved'].includes(state.state), state.state);
  await stop();
  if (state.state === 'moved') return back();
  assert.deepEqual(await sql("SELECT 1 FROM pg_namespace WHERE nspname = 'counters'"), []);
  await sql(`CREATE SCHEMA counters; CREATE TABLE counters.meta (name text, value text);
    INSERT INTO counters.meta VALUES ('identity', '${identity()}'), ('arriving', 'long ago')`);
  assert.equal((await shop.move('postgres')).state, 'moved');
  await back();
});

async function ended(): Promise<any> {
  for (;;) {
    const state = await shop.ask('move.state', { service: 'counters' });
    if (['moved', 'failed', 'cancelled'].includes(state.state)) return state;
    await runtime.sleep(20);
  }
}

async function back(): Promise<void> {
  assert.equal((await shop.move('sqlite')).state, 'moved');
}

function identity(): string {
  return JSON.parse(readFileSync(join(shop.data, 'topology.json'), 'utf8')).counters;
}

const rowsOfFile = () => {
  const database = new DatabaseSync(join(shop.data, 'counters.db'), { readOnly: true });
  const log = database.prepare('SELECT * FROM log ORDER BY seq').all();
  const documents = database
    .prepare('SELECT collection, id, revision, data FROM documents ORDER BY collection, id')
    .all();
  const heads = database.prepare('SELECT * FROM heads ORDER BY key').all();
  const epochs = database.prepare('SELECT * FROM epochs').all();
  database.close();
  return JSON.parse(JSON.stringify({ log, documents, heads, epochs }));
};

test('what comes back from there is, to the byte, what went there', async () => {
  const stop = shop.busy();
  await runtime.sleep(500);
  await stop();
  await runtime.sleep(1_500); // what the additions led to has been written, too
  const before = rowsOfFile();
  assert.ok(before.log.length > 0 && before.documents.length > 0);
  assert.equal((await shop.move('postgres')).state, 'moved');
  const stored = await sql('SELECT count(*)::int AS n FROM counters.log');
  assert.equal(stored[0].n, before.log.length);
  await back();
  assert.deepEqual(rowsOfFile(), before);
});

test('a store that another process has open does not move, and one that left takes nothing', async () => {
  assert.equal((await shop.move('postgres')).state, 'moved');
  const other = await openHere('counters');
  await refused('counters', 'sqlite', 'UNAVAILABLE', /another process has the store/);
  await other.close();
  await runtime.sleep(100);
  await back();
  await assert.rejects(openHere('counters'), {
    code: 'STORE_MISMATCH',
    message: /moved to sqlite/,
  });
  const late = "INSERT INTO counters.offshoot_outbox (type, key, data) VALUES ('t', 'k', '{}')";
  await assert.rejects(sql(late), /moved to sqlite/);
});

test('events that wait in the outbox go along, and are in the log once', async () => {
  assert.equal((await shop.move('postgres')).state, 'moved');
  const event = `INSERT INTO counters.offshoot_outbox (type, key, data)
    VALUES ('counters.added', 'outside', '{"id":"outside","n":1}')`;
  await sql(event);
  await back();
  const found = rowsOfFile().log.filter(({ key }: any) => key === 'outside');
  assert.equal(found.length, 1);
});
