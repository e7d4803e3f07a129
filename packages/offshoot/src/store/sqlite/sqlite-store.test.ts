// Does the SQLite store keep the port's promises, and refuse files that are not its own?
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nodeRuntime } from '../../runtime/node/index.ts';
import { sealer } from '../../security/index.ts';
import {
  bench,
  sqliteStoreUnderTest,
  storeConformance,
  testKeyring,
  testStamp,
} from '../../testing/index.ts';
import { append, type Collection, collection, put, START } from '../index.ts';
import { entrySum, SCHEMA_VERSION, sqliteStore, storedEntry, tableOf } from './index.ts';

const runtime = nodeRuntime();
const root = mkdtempSync(join(tmpdir(), 'offshoot-store-'));
after(() => rmSync(root, { recursive: true, force: true }));

const features = { failedFlush: true, bytes: true, epochs: true };
for (const { name, run } of storeConformance(
  'sqlite',
  sqliteStoreUnderTest(runtime, root),
  features,
))
  test(name, run);

const open = (path: string, service = 'toys', collections: readonly Collection<any>[] = []) =>
  bench({ runtime, service, path, collections }).store;
const fileIn = () => join(mkdtempSync(join(root, 'file-')), 'store.db');

test('the file of another program is refused and left as it was', () => {
  const path = fileIn();
  const foreign = runtime.openDatabase(path);
  foreign.exec('CREATE TABLE theirs (x)');
  foreign.close();
  const before = readFileSync(path);
  assert.throws(() => open(path), { code: 'STORE_MISMATCH' });
  assert.deepEqual(readFileSync(path), before);
});

test('a file that is no database is refused', () => {
  const path = fileIn();
  writeFileSync(path, 'Dear diary, today I was opened as a database. '.repeat(50));
  assert.throws(() => open(path), { code: 'STORE_MISMATCH' });
});

test('a store of a newer release is refused', async () => {
  const path = fileIn();
  await open(path).close();
  const newer = runtime.openDatabase(path);
  newer.exec(`PRAGMA user_version = ${SCHEMA_VERSION + 1}`);
  newer.close();
  assert.throws(() => open(path), { code: 'STORE_TOO_NEW' });
});

test("another service's store is refused", async () => {
  const path = fileIn();
  await open(path, 'orders').close();
  assert.throws(() => open(path, 'payments'), { code: 'STORE_MISMATCH' });
});

test('a store flushes to the disk for every commit', async () => {
  const database = runtime.openDatabase(fileIn());
  const keyring = testKeyring(runtime);
  const seals = sealer(keyring, runtime.cryptography);
  sqliteStore({ runtime, database, service: 'toys', sealer: seals, collections: [] });
  assert.deepEqual({ ...database.prepare('PRAGMA synchronous').get() }, { synchronous: 2 });
  assert.deepEqual({ ...database.prepare('PRAGMA journal_mode').get() }, { journal_mode: 'wal' });
});

test('the sum of an entry fits what is stored, and no altered column does', async () => {
  const path = fileIn();
  const store = open(path);
  const event = { type: 'toy.made', schema: 1, public: true, key: 'a', data: { n: 1 } };
  const change = { appends: [append('toy/a', [event, event])], documents: [], stamp: testStamp() };
  await store.stage(change, store.failures);
  await store.close();
  const database = runtime.openDatabase(path);
  const row = database.prepare('SELECT * FROM log WHERE seq = 2').get();
  assert.ok(row);
  const fits = (stored: typeof row) => {
    const entry = storedEntry(stored);
    return entrySum(runtime.cryptography.crc32, entry) === entry.sum;
  };
  assert.equal(fits(row), true);
  const unsummed = ['sum', 'format', 'previous_epoch'];
  for (const [column, value] of Object.entries(row)) {
    if (unsummed.includes(column)) continue;
    const altered = typeof value === 'number' ? value + 1 : `${value}x`;
    assert.equal(fits({ ...row, [column]: altered }), false, column);
  }
  database.close();
});

test('a query by index uses the index', () => {
  const path = fileIn();
  const toys = collection<{ colour: string }>('toys', { indexes: ['colour'] });
  open(path, 'toys', [toys]);
  const plan = runtime
    .openDatabase(path)
    .prepare(
      `EXPLAIN QUERY PLAN SELECT id FROM ${tableOf('toys')} WHERE json_extract(data, '$.colour') IS ? AND id > ? ORDER BY id LIMIT ?`,
    )
    .all('red', '', 5);
  assert.match(JSON.stringify(plan), /USING (COVERING )?INDEX documents\.toys\.colour/);
});

test('a collection refuses an index on a personal field', () => {
  const personal = { subject: 'id', fields: ['email'] } as const;
  const make = () =>
    collection<{ id: string; email: string }>('people', { indexes: ['email'], personal });
  assert.throws(make, { code: 'BAD_DEFINITION' });
});

test('a unit may append twice to one stream and write one document twice', async () => {
  const toys = collection<{ n: number }>('toys');
  const store = open(':memory:', 'toys', [toys]);
  const event = { type: 'toy.made', schema: 1, public: true, key: 'a', data: {} };
  const appends = [append('toy/a', [event], 0), append('toy/a', [event], 0)];
  const documents = [put(toys, 'a', { n: 1 }), put(toys, 'a', { n: 2 })];
  await store.stage({ appends, documents, stamp: testStamp() }, store.failures);
  const { entries } = await store.readLog(START, 10);
  assert.deepEqual(
    entries.map(({ version }) => version),
    [1, 2],
  );
});
