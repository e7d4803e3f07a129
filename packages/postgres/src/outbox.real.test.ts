// Does what a very long transaction has written come before what was written after it?
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { nodeRuntime } from 'offshoot/runtime/node';
import { sealer } from 'offshoot/security';
import { START } from 'offshoot/store';
import { testKeyring } from 'offshoot/testing';
import pg from 'pg';
import { postgresStore } from './postgres-store.ts';
import { dropSchema, freshSchema, POSTGRES_URL } from './store-under-test.ts';

const runtime = nodeRuntime();
const keyring = testKeyring(runtime);
const schema = freshSchema();
const closing: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const close of closing) await close();
  await dropSchema(schema);
  keyring.close();
});

/** Longer than a look into the outbox reaches back. */
const LONG_MS = 5_500;
const ROUNDS = 5;

async function client(): Promise<(key: string, n: number) => Promise<unknown>> {
  const one = new pg.Client(POSTGRES_URL);
  await one.connect();
  closing.push(() => one.end());
  return (key, n) =>
    n < 0
      ? one.query(key)
      : one.query(
          `INSERT INTO ${schema}.offshoot_outbox (type, key, data) VALUES ('user.wrote', $1, $2)`,
          [key, JSON.stringify({ n })],
        );
}

test('a transaction of seconds, and the next one of the same key, are in order', async () => {
  const seals = sealer(keyring, runtime.cryptography);
  const store = await postgresStore({
    ...{ runtime, url: POSTGRES_URL, service: 'toys', schema, collections: [], sealer: seals },
  });
  closing.unshift(() => store.close());
  const slow = await Promise.all(Array.from({ length: ROUNDS }, client));
  const quick = await client();
  await Promise.all(slow.map((ask) => ask('BEGIN', -1)));
  for (const [index, ask] of slow.entries()) await ask(`slow-${index}`, 0);
  let count = 0;
  for (const end = performance.now() + LONG_MS; performance.now() < end; count += 1) {
    await quick('quick', count);
    await runtime.sleep(20);
  }
  for (const [index, ask] of slow.entries()) {
    await ask('COMMIT', -1);
    await ask(`slow-${index}`, 1);
  }
  const expected = count + 2 * ROUNDS;
  for (let tries = 0; store.head().seq < expected && tries < 500; tries += 1)
    await runtime.sleep(10);
  const { entries } = await store.readLog(START, 10_000);
  assert.equal(entries.length, expected);
  for (const index of slow.keys()) {
    const seen = entries.filter(({ key }) => key === `slow-${index}`);
    assert.deepEqual(
      seen.map(({ data }) => (data as { n: number }).n),
      [0, 1],
    );
  }
});
