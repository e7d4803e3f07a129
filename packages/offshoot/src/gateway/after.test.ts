// Does the edge pass on what a client has seen, checked, and say when an answer may be older?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toyEdge } from './toy-edge.ts';

const AFTER = 'orders=000001.0000000000000042, catalog=000001.0000000000000007';

async function asked(edge: ReturnType<typeof toyEdge>, after?: string) {
  const headers = {
    authorization: `Bearer ${edge.token()}`,
    ...(after === undefined ? {} : { 'offshoot-after': after }),
  };
  return edge.ask('POST', '/api/v1/orders', { headers, body: '{"items":[]}' });
}

test('positions a client has seen go with the call', async () => {
  const edge = toyEdge();
  const answer = await asked(edge, AFTER);
  assert.equal(edge.calls[0]?.headers.after, AFTER);
  assert.equal(answer.headers['offshoot-stale'], undefined);
});

test('without the header there is no position', async () => {
  const edge = toyEdge();
  await asked(edge);
  assert.ok(!('after' in edge.calls[0]!.headers));
});

test('what is no position goes no further, and the answer says that it may be older', async () => {
  const strange = [
    '',
    'orders',
    'orders=9',
    'orders=1.1;x',
    `a=1.1${', a=1.1'.repeat(8)}`,
    'é=1.1',
  ];
  for (const after of [...strange, 'orders=9.9, ___', 'a'.repeat(10_000)]) {
    const edge = toyEdge();
    const answer = await asked(edge, after);
    assert.equal(answer.status, 202, after.slice(0, 20));
    assert.ok(!('after' in edge.calls[0]!.headers));
    assert.equal(answer.headers['offshoot-stale'], 'true');
  }
});

test('an answer that may be older than what was seen is marked, a refusal too', async () => {
  const data = { sku: 'A' };
  const refusal = { kind: 'refusal', code: 'OUT_OF_STOCK', data, stale: true } as const;
  const output = { kind: 'output', value: { orderId: 'o', status: 'pending' }, after: '' } as const;
  for (const reply of [refusal, { ...output, stale: true }])
    assert.equal((await asked(toyEdge(reply), AFTER)).headers['offshoot-stale'], 'true');
  assert.equal((await asked(toyEdge(output), AFTER)).headers['offshoot-stale'], undefined);
});
