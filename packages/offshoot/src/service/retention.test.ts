// Does what has ended go, in small bites, and does everything else stay?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, jsonSchema } from '../contract/index.ts';
import { Principal } from '../security/index.ts';
import { collection, every, put } from '../store/index.ts';
import { manualRuntime, system } from '../testing/index.ts';
import { commandHandler, service } from './index.ts';

interface Pass {
  readonly holder: string;
  readonly until?: number;
}
const Some = jsonSchema<{ from: number; count: number; until?: number }>({ type: 'object' });
const gate = contract('gate', {
  version: 1,
  operations: { issue: command('POST /', { input: Some, output: Some, access: anyone() }) },
  events: {},
});
const passes = collection<Pass>('passes', { ends: 'until' });
const gateService = service(gate, {
  collections: [passes],
  handlers: {
    issue: commandHandler(gate.issue, {
      decide: ({ input }) => ({
        documents: Array.from({ length: input.count }, (_, n) => {
          const holder = `p${input.from + n}`;
          return put(passes, holder, input.until ? { holder, until: input.until } : { holder });
        }),
        reply: input,
      }),
    }),
  },
});
const MINUTE = 60_000;

async function opened() {
  const runtime = manualRuntime();
  const counted: number[] = [];
  const metrics = {
    count: (name: string, _: unknown, by = 1) => {
      if (name === 'offshoot_documents_ended_total') counted.push(by);
    },
    gauge: () => {},
    observe: () => {},
  };
  const it = await system([gateService], { runtime, metrics });
  const left = async () =>
    (await it.store('gate').load(every(passes, { limit: 1_000 }))).map(({ id }) => id);
  return { it, runtime, left, counted };
}

test('a document goes some minutes after its end, one without an end stays', async () => {
  const { it, runtime, left } = await opened();
  await it.invoke(gate.issue, { from: 1, count: 1, until: runtime.now() + MINUTE });
  await it.invoke(gate.issue, { from: 2, count: 1, until: runtime.now() + 15 * MINUTE });
  await it.invoke(gate.issue, { from: 3, count: 1 });
  await runtime.advance(MINUTE + 50_000);
  assert.deepEqual(await left(), ['p1', 'p2', 'p3']);
  await runtime.advance(5 * MINUTE);
  assert.deepEqual(await left(), ['p2', 'p3']);
  await runtime.advance(100 * MINUTE);
  assert.deepEqual(await left(), ['p3']);
  await it.close();
});

test('many go in bites of a hundred, each a unit of its own', async () => {
  const { it, runtime, left, counted } = await opened();
  await it.invoke(gate.issue, { from: 0, count: 450, until: runtime.now() + 1 });
  await runtime.advance(5 * MINUTE);
  assert.deepEqual(await left(), []);
  assert.deepEqual(counted, [100, 100, 100, 100, 50]);
  await it.close();
});

test('a document that was written anew has not ended', async () => {
  const { it, runtime, left } = await opened();
  await it.invoke(gate.issue, { from: 1, count: 1, until: runtime.now() + MINUTE });
  await it.invoke(gate.issue, { from: 1, count: 1, until: runtime.now() + 300 * MINUTE });
  await runtime.advance(60 * MINUTE);
  assert.deepEqual(await left(), ['p1']);
  await it.close();
});

test('a reply to a person is forgotten after its day, and its key may be used anew', async () => {
  const { it, runtime } = await opened();
  const replies = () => it.store('gate').load(every(collection<object>('offshoot.person_replies')));
  const principal = new Principal({ kind: 'user', id: 'ada', roles: [] });
  await it.invoke(gate.issue, { from: 1, count: 1 }, { key: 'k', principal });
  assert.equal((await replies()).length, 1);
  await runtime.advance(27 * 60 * MINUTE);
  assert.equal((await replies()).length, 0);
  await it.invoke(gate.issue, { from: 2, count: 1 }, { key: 'k', principal });
  await it.close();
});
