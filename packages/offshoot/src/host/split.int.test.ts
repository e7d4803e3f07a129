// Do services in two hosts call each other and hear each other's events, and survive each other?
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  anyone,
  command,
  contract,
  event,
  fromService,
  jsonSchema,
  query,
} from '../contract/index.ts';
import { on, subscription } from '../messaging/index.ts';
import { commandHandler, queryHandler, service } from '../service/index.ts';
import { append, collection, one, put } from '../store/index.ts';
import { host, type RunningHost } from './host.ts';
import { type Topology, type TopologySpec, topology } from './topology.ts';

interface Loaf {
  readonly id: string;
}
const loaf = jsonSchema<Loaf>({
  ...{ type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
});
const found = jsonSchema<{ isBaked: boolean; by: string }>({ type: 'object' });

const bakery = contract('bakery', {
  version: 1,
  noun: 'loaf',
  operations: {
    bake: command('POST /', { input: loaf, output: loaf, access: anyone() }),
    who: query('GET /who', { input: loaf, output: found, access: fromService('shelf') }),
  },
  events: { baked: event({ version: 1, key: 'id', data: loaf }) },
});
const shelf = contract('shelf', {
  version: 1,
  operations: { look: query('GET /{id}', { input: loaf, output: found, access: anyone() }) },
  events: {},
});

const bakeryService = service(bakery, {
  handlers: {
    bake: commandHandler(bakery.bake, {
      decide: ({ input }) => ({
        appends: [append(`loaf/${input.id}`, [bakery.events.baked(input)])],
        reply: input,
      }),
    }),
    who: queryHandler(bakery.who, {
      answer: ({ principal }) => ({ isBaked: true, by: principal.name }),
    }),
  },
});

const loaves = collection<Loaf>('loaves');
const shelfService = service(shelf, {
  collections: [loaves],
  handlers: {
    look: queryHandler(shelf.look, {
      prepare: ({ input }, reach) => reach.ask(bakery.who, input),
      load: ({ input }) => ({ row: one(loaves, input.id) }),
      answer: ({ loaded, prepared }) => ({ ...prepared, isBaked: loaded.row !== undefined }),
    }),
  },
  subscriptions: [
    subscription('shelf.fill', [
      on(bakery.events.baked, {
        load: ({ event: { data } }) => ({ row: one(loaves, data.id) }),
        decide: ({ event: { data }, loaded }) => ({
          documents: [put(loaves, data.id, data, loaded.row?.revision ?? 0)],
        }),
      }),
    ]),
  ],
});

const spec: TopologySpec = {
  name: 'town',
  hosts: [
    {
      name: 'front',
      services: [shelfService],
      edge: {
        contracts: [bakery, shelf],
        tokens: { issuer: 't', audience: 't', keys: async () => [] },
      },
      listen: { port: 0 },
    },
    { name: 'back', services: [bakeryService] },
  ],
  store: { kind: 'sqlite' },
  secrets: { master: { env: 'KEY', file: 'master.key' } },
};
const town = topology(spec);
const TOWNS = {
  'by the data folder': town,
  'by the registry of one': topology({ ...spec, registry: { kind: 'embedded', host: 'front' } }),
  'by the registry of the other': topology({
    ...spec,
    registry: { kind: 'embedded', host: 'back' },
  }),
};

const PATIENCE_MS = 10_000;

function starting(t: TestContext, town: Topology) {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-split-'));
  const running = new Set<RunningHost>();
  t.after(async () => {
    await Promise.all([...running].map((one) => one.drain()));
    rmSync(data, { recursive: true, force: true });
  });
  const start = async (name: string): Promise<RunningHost> => {
    const one = await host({ topology: town, name, environment: { OFFSHOOT_DATA: data } });
    running.add(one);
    return one;
  };
  return { data, start };
}

const ask = (url: string, path: string) => fetch(`${url}/api/v1/shelf/${path}`);
const bake = (url: string, id: string) =>
  fetch(`${url}/api/v1/bakery`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ id }),
  });

/** Asks until a loaf has arrived on the shelf. */
async function arrived(url: string, id: string): Promise<any> {
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    const answer = await ask(url, id);
    const body: any = await answer.json();
    if (answer.ok && body.isBaked) return body;
    assert.ok(performance.now() < end, `loaf ${id} does not arrive: ${JSON.stringify(body)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Asks until the host has been found. */
async function baked(url: string, id: string): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; ; ) {
    const answer = await bake(url, id);
    if (answer.ok) return assert.deepEqual(await answer.json(), { id });
    assert.equal(answer.status, 503);
    assert.ok(performance.now() < end, `nobody bakes ${id}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

for (const [way, town] of Object.entries(TOWNS)) {
  test(`hosts that start together find each other ${way}, and events arrive`, async (t) => {
    const { data, start } = starting(t, town);
    const [front] = await Promise.all([start('front'), start('back')]);
    const url = front!.url!;
    await baked(url, 'rye');
    assert.deepEqual(await arrived(url, 'rye'), { isBaked: true, by: 'service:shelf' });
    assert.equal(statSync(join(data, 'calls-back.json')).mode & 0o777, 0o600);
  });

  test(`found ${way}: while the other is away calls are unavailable; then all goes on`, async (t) => {
    const { start } = starting(t, town);
    const url = (await start('front')).url!;
    const early = await bake(url, 'oat');
    const { code }: any = await early.json();
    assert.deepEqual([early.status, code], [503, 'NO_HEALTHY_INSTANCE']);
    const back = await start('back');
    await baked(url, 'rye');
    await arrived(url, 'rye');
    await back.drain();
    assert.equal((await bake(url, 'oat')).status, 503);
    await start('back');
    await baked(url, 'oat');
    await arrived(url, 'oat');
  });
}

test('nobody else may call', async (t) => {
  const { data, start } = starting(t, town);
  await start('back');
  const { url } = JSON.parse(readFileSync(join(data, 'calls-back.json'), 'utf8'));
  const call = (headers: Record<string, string>) =>
    fetch(`${url}/offshoot/call/bakery/bake`, { method: 'POST', headers, body: '{"id":"x"}' });
  for (const headers of [{}, { 'x-service-token': 'shelf' }, { 'offshoot-principal': 'user:1' }]) {
    const answer = await call(headers as Record<string, string>);
    const { code }: any = await answer.json();
    assert.deepEqual([answer.status, code], [401, 'UNAUTHENTICATED']);
  }
});
