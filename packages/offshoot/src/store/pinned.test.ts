import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { nodeRuntime } from '../runtime/node/index.ts';
import { sealer } from '../security/index.ts';
import { formOf, golden, manualRuntime, testKeyring, testStamp } from '../testing/index.ts';
import { append, collection, START, where } from './index.ts';
import { entrySum, readSchema, sqliteStore, storedEntry } from './sqlite/index.ts';

/** A store whose every byte is decided: seeded ids, a clock that stands still. */
async function filled() {
  const runtime = manualRuntime();
  const keyring = testKeyring(runtime);
  await keyring.ensure(['ada']);
  const database = runtime.openDatabase(':memory:');
  const seals = sealer(keyring, runtime.cryptography);
  const store = sqliteStore({ runtime, database, service: 'toys', sealer: seals, collections: [] });
  const bought = {
    ...{ type: 'toy.bought', schema: 1, public: true, key: 't1' },
    data: { toyId: 't1', personId: 'ada', name: 'Ada' },
    personal: { subject: 'personId', fields: ['name'] },
  };
  const sold = { type: 'toy.sold', schema: 2, public: true, key: 't1', data: { toyId: 't1' } };
  const stamp = { ...testStamp(1_800_000_000_000), tenant: 'north', traceparent: '00-t-s-01' };
  const appends = [append('toy/t1', [bought, sold], 0)];
  await store.stage({ appends, documents: [], stamp }, store.failures);
  return { store, database };
}

test('a log entry is pinned: the row on disk and the entry that is read', async () => {
  const { store, database } = await filled();
  const rows = database.prepare('SELECT * FROM log ORDER BY seq').all();
  const { entries } = await store.readLog(START, 10);
  golden(import.meta.url, 'log-entry', formOf({ rows, entries }));
});

test('a row that an earlier release wrote is read, and its sum fits', () => {
  const row = JSON.parse(
    readFileSync(new URL('./golden/stored-row.json', import.meta.url), 'utf8'),
  );
  const entry = storedEntry(row);
  assert.equal(entrySum(nodeRuntime().cryptography.crc32, entry), row.sum);
  assert.deepEqual(entry.previous, { epoch: 1, seq: 1 });
});

for (const schema of [1, 2])
  test(`a store of schema ${schema} is read, migrated, and goes on where it stopped`, () =>
    migrated(schema));

async function migrated(schema: number): Promise<void> {
  const runtime = manualRuntime();
  const database = runtime.openDatabase(':memory:');
  const file = new URL(`./golden/store-schema-${schema}.sql`, import.meta.url);
  database.exec(readFileSync(file, 'utf8'));
  const toys = collection<{ colour: string }>('toys', { indexes: ['colour'] });
  const seals = sealer(testKeyring(runtime), runtime.cryptography);
  const options = { runtime, database, service: 'toys', sealer: seals, collections: [toys] };
  const store = sqliteStore(options);
  assert.deepEqual(store.epochs, [{ epoch: 1, forkedAt: 0 }]);
  assert.equal(store.identity, '01a3185c-5000-7002-9320-44b7664dadf3');
  assert.deepEqual(await store.load(where(toys, 'colour', 'blue')), [
    { id: 'a', revision: 2, data: { colour: 'blue' } },
  ]);
  const { entries } = await store.readLog(START, 10);
  assert.deepEqual(
    entries.map(({ seq, stream, previous }) => [seq, stream, previous?.seq]),
    [
      [1, 'toy/a', undefined],
      [2, 'toy/a', 1],
      [3, 'toy/b', undefined],
    ],
  );
  const more = append(
    'toy/a',
    [{ type: 'toy.made', schema: 1, public: true, key: 'a', data: {} }],
    2,
  );
  await store.stage({ appends: [more], documents: [], stamp: testStamp() }, store.failures);
  assert.deepEqual((await store.readLog({ epoch: 1, seq: 3 }, 1)).entries[0]?.previous?.seq, 2);
  assert.equal(readSchema(database).schema, 3);
  assert.deepEqual(sqliteStore(options).epochs, store.epochs, 'and is opened again as what it is');
}

test('a store file is pinned: what marks it, its tables and their columns', async () => {
  const { database } = await filled();
  const fact = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .all()
    .map(({ name }) => [
      name,
      database
        .prepare(`PRAGMA table_info("${name}")`)
        .all()
        .map((column) => column.name),
    ]);
  const meta = database
    .prepare('SELECT name FROM meta ORDER BY name')
    .all()
    .map(({ name }) => name);
  golden(import.meta.url, 'store-file', {
    application_id: fact('application_id'),
    user_version: fact('user_version'),
    tables: Object.fromEntries(tables),
    meta,
  });
});
