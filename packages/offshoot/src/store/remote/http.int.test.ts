// Does a remote store work over real sockets, with large units, and find a writer that moved?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type HttpServer, nodeRuntime, serveHttp } from '../../runtime/node/index.ts';
import { bench, testKeyring, testStamp } from '../../testing/index.ts';
import {
  append,
  collection,
  one,
  privateEvent,
  put,
  runUnit,
  START,
  type Store,
} from '../index.ts';
import {
  EXCHANGE_BYTES_MAX,
  httpWire,
  REMOTE_COLLECTIONS,
  remoteStore,
  type StorePlace,
  storeDoor,
} from './index.ts';

const runtime = nodeRuntime();
const toys = collection<{ readonly text: string; readonly times: number }>('toys');
const service = 'toys';

test('over sockets: large units in letters of three bytes, and a writer that comes back at another port with another secret', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'offshoot-http-'));
  const keyring = testKeyring(runtime);
  let place: StorePlace | undefined;
  let writer: { readonly store: Store; readonly server: HttpServer } | undefined;
  const start = async (token: string): Promise<void> => {
    const collections = [toys, ...REMOTE_COLLECTIONS];
    const { store } = bench({ runtime, path: join(folder, 'toys.db'), collections, keyring });
    const door = storeDoor({ runtime, stores: new Map([[service, store]]), token });
    const limits = { bodyBytesMax: EXCHANGE_BYTES_MAX };
    const server = await serveHttp({ handle: door.handle, port: 0, limits });
    place = { url: server.url, token };
    writer = { store, server };
  };
  const stop = async (): Promise<void> => {
    await writer?.server.close(0);
    await writer?.store.close();
  };
  await start('first');
  const wire = httpWire({ runtime, service, place: () => place });
  const store = await remoteStore({ runtime, service, wire });
  t.after(async () => {
    await store.close();
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const context = { runtime, keyring, store, metrics: { count() {}, gauge() {}, observe() {} } };

  const large = '€'.repeat(1_900_000);
  const documents = [put(toys, 'large', { text: large, times: 1 })];
  await store.stage({ appends: [], documents, stamp: testStamp() }, store.failures);
  const found = await store.load(one(toys, 'large'));
  assert.equal(found?.data.text, large);

  const add = (n: number) =>
    runUnit(
      context as any,
      () => ({ toy: one(toys, 'all') }),
      ({ toy }) => ({
        change: {
          appends: [append('toy/all', [privateEvent('toy.made', { n })])],
          documents: [put(toys, 'all', { text: '', times: (toy?.data.times ?? 0) + 1 })],
          stamp: testStamp(),
        },
        value: n,
      }),
    );
  const all = Array.from({ length: 40 }, async (_, n) => {
    await runtime.sleep(n * 10);
    return add(n);
  });
  await runtime.sleep(150);
  await stop();
  await runtime.sleep(100);
  await start('second');
  await Promise.all(all);
  assert.equal((await store.load(one(toys, 'all')))?.data.times, 40);
  const { entries } = await store.readLog(START, 100);
  const seen = entries.map(({ data }) => (data as { n: number }).n).sort((a, b) => a - b);
  assert.deepEqual(
    seen,
    Array.from({ length: 40 }, (_, n) => n),
  );
});
