import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  anyone,
  contract,
  jsonSchema,
  type OutsideAdapter,
  outside,
  query,
  refusal,
} from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { servicePrincipal } from '../security/index.ts';
import { manualRuntime } from '../testing/index.ts';
import { type Call, type Callee, inProcess, invoke, outsideWorld, type Reply } from './index.ts';

interface Thing {
  readonly items: readonly number[];
}
const thing = jsonSchema<Thing>({
  ...{ type: 'object', required: ['items'], additionalProperties: false },
  properties: { items: { type: 'array', items: { type: 'integer' } } },
});
const shop = contract('shop', {
  version: 1,
  operations: {
    look: query('GET /look', {
      ...{ input: thing, output: thing, access: anyone(), deadlineMs: 1_000 },
      refusals: { GONE: refusal(410) },
    }),
  },
  events: {},
});
const headers = { deadlineMs: 9_000, correlationId: 'c', causationId: 'c', traceparent: '' };
const principal = servicePrincipal('tester');

function setting(callee?: Callee) {
  const runtime = manualRuntime();
  const { transport, register } = inProcess(runtime);
  if (callee) register('shop', callee);
  const ask = (input: Thing) => invoke({ transport, principal }, shop.look, input, headers);
  return { runtime, transport, register, ask };
}
const output = (value: unknown): Reply => ({ kind: 'output', value, after: '' });

test('neither side sees what the other changes later', async () => {
  let received: Call | undefined;
  const held = { items: [1] };
  const { ask } = setting(async (call) => {
    received = call;
    (call.input as { items: number[] }).items.push(99);
    (call.headers as { correlationId: string }).correlationId = 'stolen';
    return output(held);
  });
  const input = { items: [7] };
  const given = structuredClone(headers);
  const answer = await ask(input);
  assert.deepEqual([input, headers], [{ items: [7] }, given]);
  input.items.push(8);
  assert.deepEqual((received?.input as Thing).items, [7, 99]);
  held.items.push(2);
  assert.deepEqual(answer, { items: [1] });
  (answer as { items: number[] }).items.push(3);
  assert.deepEqual(held, { items: [1, 2] });
});

test('a callee that changes the headers changes its own copy', async () => {
  const { transport } = setting(async (call) => {
    (call.headers as { correlationId: string }).correlationId = 'stolen';
    return output({ items: [] });
  });
  await transport({ service: 'shop', operation: 'look', input: {}, principal, headers });
  assert.equal(headers.correlationId, 'c');
});

test('what travels is JSON: a Date arrives as text, undefined does not arrive', async () => {
  const { transport } = setting(async ({ input }) => output(input));
  const input = { at: new Date(0), nothing: undefined };
  const reply = await transport({ service: 'shop', operation: 'look', input, principal, headers });
  assert.deepEqual(reply.kind === 'output' && reply.value, { at: '1970-01-01T00:00:00.000Z' });
});

test('details of an error are a copy too', async () => {
  const details = { list: [1] };
  const error = new OffshootError('FORBIDDEN', 'no', { details }).toJSON();
  const { transport } = setting(async () => ({ kind: 'error', error }));
  const call = { service: 'shop', operation: 'look', input: {}, principal, headers };
  const reply = await transport(call);
  details.list.push(2);
  assert.deepEqual(reply.kind === 'error' && reply.error.details, { list: [1] });
});

test('a declared refusal is returned', async () => {
  const { ask } = setting(async () => ({ kind: 'refusal', code: 'GONE', data: { when: 1 } }));
  assert.deepEqual(await ask({ items: [] }), { refusal: 'GONE', data: { when: 1 } });
});

for (const code of ['SOMETHING_ELSE', 'toString', 'constructor', '__proto__'])
  test(`the refusal ${code}, which nobody declared, is a bad upstream`, async () => {
    const { ask } = setting(async () => ({ kind: 'refusal', code, data: null }));
    await assert.rejects(ask({ items: [] }), { code: 'BAD_UPSTREAM', retryable: true });
  });

test('an answer that does not parse is a bad upstream', async () => {
  const { ask } = setting(async () => output({ items: ['one'] }));
  await assert.rejects(ask({ items: [] }), { code: 'BAD_UPSTREAM' });
});

test('an error keeps its code, and an unknown code is a bad upstream', async () => {
  const failing = (code: string) =>
    setting(async () => ({ kind: 'error', error: { code, message: 'm', retryable: false } }));
  await assert.rejects(failing('FORBIDDEN').ask({ items: [] }), { code: 'FORBIDDEN' });
  for (const code of ['NO_SUCH_CODE', 'toString'])
    await assert.rejects(failing(code).ask({ items: [] }), { code: 'BAD_UPSTREAM' });
});

test('a service that is not here is NO_HEALTHY_INSTANCE, also after it has left', async () => {
  const { ask, register } = setting();
  await assert.rejects(ask({ items: [] }), { code: 'NO_HEALTHY_INSTANCE' });
  const leave = register('shop', async () => output({ items: [] }));
  await ask({ items: [] });
  leave();
  await assert.rejects(ask({ items: [] }), { code: 'NO_HEALTHY_INSTANCE' });
});

test('the deadline is the smaller of the caller’s and the operation’s, and is kept', async () => {
  let left = 0;
  const { ask, runtime } = setting(({ headers: { deadlineMs } }) => {
    left = deadlineMs;
    return new Promise(() => {});
  });
  let code = '';
  ask({ items: [] }).catch((error) => {
    code = error.code;
  });
  await runtime.advance(999);
  assert.deepEqual([left, code], [1_000, '']);
  await runtime.advance(1);
  await runtime.settle();
  assert.equal(code, 'DEADLINE_EXCEEDED');
});

test('a callee that throws is an error reply, never a rejection', async () => {
  const { transport } = setting(() => {
    throw new Error('a bug');
  });
  const call = { service: 'shop', operation: 'look', input: {}, principal, headers };
  const reply = await transport(call);
  assert.equal(reply.kind === 'error' && reply.error.code, 'INTERNAL_ERROR');
});

const provider = outside('provider', {
  idempotent: 'by-key',
  calls: { charge: { input: thing, output: thing } },
});

function world(adapter: OutsideAdapter) {
  const runtime = manualRuntime();
  const client = outsideWorld(runtime, { provider: adapter }).client(
    provider,
    'order/1',
    () => 9_000,
  );
  return { runtime, charge: () => client.charge({ items: [1] }) };
}
const dead = () => Promise.reject(new OffshootError('UNAVAILABLE', 'no answer'));

test('a call outside carries a key per fact, the same when it comes again', async () => {
  const keys: string[] = [];
  const { charge } = world({
    call: async (_name, input, { key }) => {
      keys.push(key);
      return input;
    },
  });
  await charge();
  assert.deepEqual(await charge(), { items: [1] });
  assert.deepEqual(keys, ['order/1/charge', 'order/1/charge']);
});

test('when the answer is lost the outside is asked by key', async () => {
  const { charge } = world({ call: dead, ask: async () => ({ items: [5] }) });
  assert.deepEqual(await charge(), { items: [5] });
});

test('an outcome that nobody knows is thrown as it came', async () => {
  const { charge } = world({ call: dead, ask: async () => undefined });
  await assert.rejects(charge(), { code: 'UNAVAILABLE' });
});

test('an open breaker leaves the outside alone, also with questions', async () => {
  let calls = 0;
  let asked = 0;
  const { charge } = world({
    call: () => {
      calls += 1;
      return dead();
    },
    ask: async () => {
      asked += 1;
      return undefined;
    },
  });
  for (let attempt = 0; attempt < 7; attempt += 1) await assert.rejects(charge());
  await assert.rejects(charge(), { code: 'CIRCUIT_OPEN' });
  assert.deepEqual([calls, asked], [7, 7]);
});

test('an answer from outside that does not parse is a bad upstream', async () => {
  const { charge } = world({ call: async () => '<html>' });
  await assert.rejects(charge(), { code: 'BAD_UPSTREAM' });
});

test('a port without an adapter is a mistake of the topology', () => {
  const world = outsideWorld(manualRuntime(), {});
  assert.throws(() => world.client(provider, 'k', () => 1), { code: 'BAD_DEFINITION' });
});
