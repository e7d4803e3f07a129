// Does somebody who wrote read his own write, over HTTP and through a read model?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import {
  anyone,
  command,
  contract,
  event,
  jsonSchema,
  query,
  refusal,
  refuse,
} from '../contract/index.ts';
import { on } from '../messaging/index.ts';
import { projection } from '../projection/index.ts';
import { commandHandler, queryHandler, service } from '../service/index.ts';
import { append, collection, one, put } from '../store/index.ts';
import { host } from './host.ts';
import { topology } from './topology.ts';

const Cup = jsonSchema<{ id: string }>({ type: 'object', required: ['id'] });
const Row = jsonSchema<{ cups: number }>({ type: 'object', required: ['cups'] });
const open = { access: anyone(), rateLimit: 'none' } as const;

const bar = contract('bar', {
  version: 1,
  operations: { pour: command('POST /', { input: Cup, output: Cup, ...open }) },
  events: { poured: event({ version: 1, key: 'id', data: Cup }) },
});
const till = contract('till', {
  version: 1,
  operations: {
    cups: query('GET /{id}', {
      ...{ input: Cup, output: Row, deadlineMs: 400, ...open },
      refusals: { NONE: refusal(404) },
    }),
  },
  events: {},
});
const barService = service(bar, {
  handlers: {
    pour: commandHandler(bar.pour, {
      decide: ({ input }) => ({
        appends: [append(`cup/${input.id}`, [bar.events.poured(input)])],
        reply: input,
      }),
    }),
  },
});
const rows = collection<{ cups: number }>('rows');
const counted = projection('rows', 1, {
  collections: [rows],
  handlers: [
    on(bar.events.poured, {
      load: ({ event: { key } }) => ({ row: one(rows, key) }),
      decide: ({ event: { key }, loaded: { row } }) => ({
        documents: [put(rows, key, { cups: (row?.data.cups ?? 0) + 1 })],
      }),
    }),
  ],
});
const tillService = service(till, {
  handlers: {
    cups: queryHandler(till.cups, {
      load: ({ input }) => ({ row: one(rows, input.id) }),
      answer: ({ loaded }) => loaded.row?.data ?? refuse('NONE'),
    }),
  },
  projections: [counted],
});

async function started(t: TestContext) {
  const data = mkdtempSync(join(tmpdir(), 'offshoot-after-'));
  const edge = {
    contracts: [bar, till],
    tokens: { issuer: 'toy', audience: 'toy', keys: async () => [] },
  };
  const running = await host({
    topology: topology({
      name: 'bar',
      hosts: [{ name: 'bar', services: [barService, tillService], edge, listen: { port: 0 } }],
      store: { kind: 'sqlite' },
      secrets: { master: { env: 'TOY_KEY', file: 'master.key' } },
    }),
    environment: { OFFSHOOT_DATA: data, LOG_LEVEL: 'silent' },
  });
  t.after(async () => {
    await running.drain();
    rmSync(data, { recursive: true, force: true });
  });
  return {
    async pour(id: string): Promise<string> {
      const answer = await fetch(`${running.url}/api/v1/bar`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ id }),
      });
      assert.equal(answer.status, 200);
      return answer.headers.get('offshoot-after') ?? '';
    },
    async cups(id: string, after: string) {
      const headers = { 'offshoot-after': after };
      const answer = await fetch(`${running.url}/api/v1/till/${id}`, { headers });
      const { cups } = (await answer.json()) as { cups?: number };
      return { status: answer.status, cups, stale: answer.headers.get('offshoot-stale') };
    },
  };
}

test('who sends what the write answered reads it, every time', async (t) => {
  const { pour, cups } = await started(t);
  for (let count = 1; count <= 50; count += 1) {
    const after = await pour('ada');
    assert.match(after, /^bar=000001\.\d{16}$/);
    assert.deepEqual(await cups('ada', after), { status: 200, cups: count, stale: null });
  }
});

test('an answer that cannot be new enough comes in time, marked, and is no 5xx', async (t) => {
  const { pour, cups } = await started(t);
  await cups('ada', await pour('ada'));
  const notYet = 'bar=000001.0000000000009999';
  assert.deepEqual(await cups('ada', notYet), { status: 200, cups: 1, stale: 'true' });
  assert.deepEqual(await cups('ada', 'mill=000001.0000000000000001'), {
    ...{ status: 200, cups: 1, stale: 'true' },
  });
  assert.deepEqual(await cups('eve', notYet), { status: 404, cups: undefined, stale: 'true' });
});
