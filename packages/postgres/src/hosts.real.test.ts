// Do two hosts of one topology work on the same PostgreSQL stores?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { anyone, command, contract, jsonSchema, query } from 'offshoot/contract';
import { host, type RunningHost, topology } from 'offshoot/host';
import { commandHandler, queryHandler, service } from 'offshoot/service';
import { collection, one, put } from 'offshoot/store';
import { freshSchema, POSTGRES_URL, sql } from './store-under-test.ts';
import { postgresStores } from './topology-stores.ts';

const named = jsonSchema<{ id: string }>({
  ...{ type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
});
const counted = jsonSchema<{ count: number }>({
  ...{ type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] },
});
const counters = contract('counters', {
  version: 1,
  operations: {
    add: command('POST /', { input: named, output: counted, access: anyone() }),
    read: query('GET /{id}', { input: named, output: counted, access: anyone() }),
  },
  events: {},
});
const kept = collection<{ readonly count: number }>('counters');
const countersService = service(counters, {
  collections: [kept],
  handlers: {
    add: commandHandler(counters.add, {
      load: ({ input }) => ({ found: one(kept, input.id) }),
      decide: ({ input, loaded }) => {
        const count = (loaded.found?.data.count ?? 0) + 1;
        return { documents: [put(kept, input.id, { count })], reply: { count } };
      },
    }),
    read: queryHandler(counters.read, {
      load: ({ input }) => ({ found: one(kept, input.id) }),
      answer: ({ loaded }) => ({ count: loaded.found?.data.count ?? 0 }),
    }),
  },
});

const edge = {
  contracts: [counters],
  tokens: { issuer: 'toy', audience: 'toy', keys: async () => [] },
};
const both = topology({
  name: 'both',
  hosts: [
    { name: 'first', services: [countersService], edge, listen: { port: 0 } },
    { name: 'second', services: [countersService], storesOf: 'first', edge, listen: { port: 0 } },
  ],
  store: postgresStores(),
  limits: { factor: 1_000 },
  secrets: { master: { env: 'TOY_KEY', file: 'master.key' } },
});

const data = mkdtempSync(join(tmpdir(), 'offshoot-postgres-hosts-'));
const database = freshSchema();
const url = new URL(POSTGRES_URL);
url.pathname = `/${database}`;
const running: RunningHost[] = [];
after(async () => {
  for (const one of running) await one.drain();
  await sql(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
  rmSync(data, { recursive: true, force: true });
});

async function start(name: string): Promise<RunningHost> {
  const environment = { OFFSHOOT_DATA: data, DATABASE_URL: url.href, LOG_LEVEL: 'warn' };
  const made = await host({ topology: both, name, environment });
  running.push(made);
  return made;
}

async function add(to: RunningHost): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ id: 'c' });
  const answer = await fetch(`${to.url}/api/v1/counters`, { method: 'POST', headers, body });
  assert.equal(answer.status, 200, await answer.clone().text());
  return ((await answer.json()) as { count: number }).count;
}

test('both change the same counter, no change is lost, and one goes on without the other', async () => {
  await sql(`CREATE DATABASE ${database}`);
  const [first, second] = [await start('first'), await start('second')];
  const all = Array.from({ length: 40 }, (_, n) => add(n % 2 === 0 ? first : second));
  const counts = (await Promise.all(all)).sort((a, b) => a - b);
  assert.deepEqual(
    counts,
    counts.map((_, index) => index + 1),
  );
  for (const { url: at } of [first, second]) {
    const read = await fetch(`${at}/api/v1/counters/c`);
    assert.deepEqual(await read.json(), { count: 40 });
  }
  await first.drain();
  assert.equal(await add(second), 41, 'the other needs nothing of it');
});
