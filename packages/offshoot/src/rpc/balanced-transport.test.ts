// Does a call find an instance that answers, and is it never made twice where it may have happened?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { directory, embeddedRegistry, instance, roundRobin } from '../discovery/index.ts';
import { OffshootError } from '../error/index.ts';
import { servicePrincipal } from '../security/index.ts';
import { manualRuntime } from '../testing/index.ts';
import { balancedTransport } from './balanced-transport.ts';
import type { Call, Reply } from './call.ts';

const refused = new OffshootError('UNAVAILABLE', 'connection refused', {
  details: { sent: false },
});
const closed = new OffshootError('UNAVAILABLE', 'connection closed before the answer');

const call = (deadlineMs = 5_000): Call => ({
  ...{
    service: 'orders',
    operation: 'place',
    input: { n: 1 },
    principal: servicePrincipal('shop'),
  },
  headers: {
    deadlineMs,
    correlationId: 'c',
    causationId: 'c',
    traceparent: 't',
    idempotencyKey: 'k',
  },
});

/** Instances a, b, c of orders; `fates` says how each answers. */
async function scene(fates: Readonly<Record<string, OffshootError | undefined>>) {
  const runtime = manualRuntime();
  const registry = embeddedRegistry({ runtime });
  for (const id of Object.keys(fates))
    await registry.register(instance({ id, service: 'orders', url: `http://${id}` }), 600_000);
  const asked: string[] = [];
  const deadlines: number[] = [];
  const calls = balancedTransport({
    ...{ runtime, directory: directory({ registry, runtime }), pool: { balancer: roundRobin() } },
    to:
      (url) =>
      async (given): Promise<Reply> => {
        const id = url.slice('http://'.length);
        asked.push(id);
        deadlines.push(given.headers.deadlineMs);
        await runtime.advance(100);
        const fate = fates[id];
        if (fate) return { kind: 'error', error: fate.toJSON() };
        return { kind: 'output', value: id, after: '' };
      },
  });
  return { runtime, registry, calls, asked, deadlines };
}

test('the first call waits for a first list, and calls are spread', async () => {
  const { calls, asked } = await scene({ a: undefined, b: undefined });
  for (let n = 0; n < 4; n += 1) assert.equal((await calls.transport(call())).kind, 'output');
  assert.deepEqual(asked, ['a', 'b', 'a', 'b']);
});

test('the first is dead: the second answers, with what is left of the deadline', async () => {
  const { calls, asked, deadlines } = await scene({ a: refused, b: undefined });
  const reply = await calls.transport(call());
  assert.deepEqual(reply, { kind: 'output', value: 'b', after: '' });
  assert.deepEqual(asked, ['a', 'b']);
  assert.deepEqual(deadlines, [5_000, 4_900]);
});

test('a call that may have happened is not made again', async () => {
  const { calls, asked } = await scene({ a: closed, b: undefined });
  const reply = await calls.transport(call());
  assert.equal(reply.kind === 'error' && reply.error.code, 'UNAVAILABLE');
  assert.deepEqual(asked, ['a']);
});

test('when all are dead the answer is what the last one said', async () => {
  const { calls, asked } = await scene({ a: refused, b: refused });
  const reply = await calls.transport(call());
  assert.equal(reply.kind === 'error' && reply.error.code, 'UNAVAILABLE');
  assert.deepEqual(asked, ['a', 'b']);
});

test('nobody is registered: NO_HEALTHY_INSTANCE, which names the service', async () => {
  const { calls, runtime } = await scene({});
  const reply = calls.transport(call());
  await runtime.advance(2_000);
  const { error } = (await reply) as Extract<Reply, { kind: 'error' }>;
  assert.equal(error.code, 'NO_HEALTHY_INSTANCE');
  assert.match(error.message, /orders/);
});

test('whoever joins is called, and how each does can be read', async () => {
  const { calls, registry, runtime } = await scene({ a: refused });
  await calls.transport(call());
  await registry.register(instance({ id: 'z', service: 'orders', url: 'http://z' }), 600_000);
  await runtime.advance(100);
  const replies = [await calls.transport(call()), await calls.transport(call())];
  assert.deepEqual(
    replies.map((one) => one.kind === 'output' && one.value),
    ['z', 'z'],
  );
  assert.deepEqual(
    calls.pool('orders').report.map(({ instance: { id } }) => id),
    ['a', 'z'],
  );
  calls.close();
});
