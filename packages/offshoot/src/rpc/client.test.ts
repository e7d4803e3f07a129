// Does a client call by name, and do the questions of one turn travel as one?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  anyone,
  command,
  contract,
  jsonSchema,
  query,
  refusal,
  refuse,
} from '../contract/index.ts';
import { nodeRuntime } from '../runtime/node/index.ts';
import { servicePrincipal } from '../security/index.ts';
import { answering, type Call, client, inProcess, withBatch } from './index.ts';

const sku = jsonSchema<{ sku: string }>({ type: 'object', required: ['sku'] });
const left = jsonSchema<{ left: number }>({ type: 'object', required: ['left'] });
const stock = contract('stock', {
  version: 1,
  operations: {
    look: query('GET /{sku}', {
      ...{ input: sku, output: left, access: anyone(), refusals: { UNKNOWN: refusal(404) } },
    }),
    take: command('POST /{sku}', { input: sku, output: left, access: anyone() }),
  },
  events: {},
});

function setting() {
  const runtime = nodeRuntime();
  const { transport, register } = inProcess(runtime);
  const looked: string[] = [];
  const callee = answering(
    stock,
    {
      async look({ input }) {
        looked.push(input.sku);
        if (input.sku === 'broken') throw new Error('a bug');
        return input.sku === 'none' ? refuse('UNKNOWN') : { left: input.sku.length };
      },
      take: async ({ headers }) => ({ left: headers.attempt ?? 0 }),
    },
    { runtime },
  );
  register('stock', withBatch(callee));
  const calls: Call[] = [];
  const principal = servicePrincipal('shop');
  const counted = (call: Call) => {
    calls.push(call);
    return transport(call);
  };
  return { calls, looked, stock: client(stock, { runtime, transport: counted, principal }) };
}

test('an operation is called by its name, with what the call says beside', async () => {
  const { stock: of } = setting();
  assert.deepEqual(await of.look({ sku: 'abc' }), { left: 3 });
  assert.deepEqual(await of.look({ sku: 'none' }), { refusal: 'UNKNOWN', data: undefined });
  assert.deepEqual(await of.take({ sku: 'abc' }, { attempt: 7 }), { left: 7 });
});

test('queries of one turn are one call, equal ones one question, each with its own answer', async () => {
  const { calls, looked, stock: of } = setting();
  const skus = ['a', 'bb', 'none', 'a'];
  const answers = await Promise.all(skus.map((one) => of.batch.look({ sku: one })));
  const refused = { refusal: 'UNKNOWN', data: undefined };
  assert.deepEqual(answers, [{ left: 1 }, { left: 2 }, refused, { left: 1 }]);
  assert.notEqual(answers[0], answers[3]);
  assert.deepEqual([calls.length, looked], [1, ['a', 'bb', 'none']]);
  await of.batch.look({ sku: 'a' });
  assert.deepEqual([calls.length, looked.length], [2, 4]);
});

test('who fails in a batch fails alone', async () => {
  const { stock: of } = setting();
  const [good, bad] = await Promise.allSettled([
    ...[of.batch.look({ sku: 'a' }), of.batch.look({ sku: 'broken' })],
  ]);
  assert.equal(good!.status, 'fulfilled');
  assert.equal(bad!.status === 'rejected' && bad!.reason.code, 'INTERNAL_ERROR');
});

test('a batch is bounded, and more go as several', async () => {
  const { calls, stock: of } = setting();
  const many = Array.from({ length: 250 }, (_, n) => of.batch.look({ sku: `sku-${n}` }));
  assert.equal((await Promise.all(many)).length, 250);
  assert.deepEqual(
    calls.map(({ input }) => (input as unknown[]).length),
    [100, 100, 50],
  );
});
