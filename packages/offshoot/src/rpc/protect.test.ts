import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffshootError } from '../error/index.ts';
import { protections } from '../resilience/index.ts';
import { Principal } from '../security/index.ts';
import { manualRuntime } from '../testing/index.ts';
import type { Call, CallHeaders, Reply } from './call.ts';
import { protect } from './protect.ts';

const away: Reply = { kind: 'error', error: new OffshootError('UNAVAILABLE', 'away').toJSON() };
const ok: Reply = { kind: 'output', value: 1, after: '' };

function setting(reply: (call: Call, index: number) => Reply) {
  const runtime = manualRuntime();
  const shown = protections();
  const made: Call[] = [];
  const transport = protect(async (call) => reply(call, made.push(call)), { runtime, shown });
  const call = (more: Partial<Call> = {}, headers: Partial<CallHeaders> = {}) =>
    transport({
      ...{ service: 'users', operation: 'get', input: {} },
      principal: new Principal({ kind: 'service', id: 'web' }),
      ...more,
      headers: {
        ...{ deadlineMs: 5_000, correlationId: 'c', causationId: 'r', traceparent: 't' },
        ...headers,
      },
    });
  return { runtime, shown, made, call };
}

test('what may be repeated is, and says that it is: the number travels', async () => {
  const { runtime, made, call } = setting((_, index) => (index === 1 ? away : ok));
  const answer = call({ repeatable: true });
  await runtime.advance(1_000);
  assert.deepEqual(await answer, ok);
  assert.deepEqual(
    made.map(({ headers }) => headers.attempt),
    [undefined, 2],
  );
  assert.ok(made[1]!.headers.deadlineMs < 5_000);
});

test('a command without a key is made once; its failure does not say that anybody judged it', async () => {
  const { made, call } = setting(() => away);
  assert.deepEqual(await call(), away);
  assert.equal(made.length, 1);
});

test('a failure that was tried again comes back as a reply that says so', async () => {
  const { runtime, made, call } = setting(() => away);
  const answer = call({ repeatable: true });
  await runtime.advance(10_000);
  const reply = await answer;
  assert.equal(reply.kind === 'error' && reply.error.details?.retried, 2);
  assert.equal(made.length, 3);
  const above = setting(() => reply);
  await above.call({ repeatable: true });
  assert.equal(above.made.length, 1);
});

test('a refusal is an answer: it opens nothing and is not repeated', async () => {
  const refusal: Reply = { kind: 'refusal', code: 'OUT_OF_STOCK', data: {} };
  const { made, call, shown } = setting(() => refusal);
  for (let one = 0; one < 100; one += 1)
    assert.deepEqual(await call({ repeatable: true }), refusal);
  assert.deepEqual([made.length, shown.look().breakers[0]?.state], [100, 'closed']);
});

test('each callee has its own breaker, and it shows', async () => {
  const { call, shown } = setting(({ service }) => (service === 'users' ? away : ok));
  for (let one = 0; one < 20; one += 1) await call();
  const refused = await call();
  assert.equal(refused.kind === 'error' && refused.error.code, 'CIRCUIT_OPEN');
  assert.deepEqual(await call({ service: 'stock' }), ok);
  const states = shown.look().breakers.map(({ name, state }) => `${name} ${state}`);
  assert.deepEqual(states, ['users open', 'stock closed']);
});
