// Are pods found in what an API server answers? On answers in the form that its documentation has.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outbound } from 'offshoot/runtime';
import { manualRuntime } from 'offshoot/testing';
import { kubernetesRegistry } from './kubernetes-registry.ts';

const pod = (name: string, address: string, conditions: object = { ready: true }) => ({
  ...{ addresses: [address], conditions, zone: 'eu-1', targetRef: { kind: 'Pod', name } },
});
const slice = (...endpoints: object[]) => ({
  ...{ addressType: 'IPv4', endpoints },
  ports: [
    { name: 'metrics', port: 9090, protocol: 'TCP' },
    { name: 'http', port: 3001, protocol: 'TCP' },
  ],
});
const listOf = (resourceVersion: string, ...items: object[]) =>
  JSON.stringify({ kind: 'EndpointSliceList', metadata: { resourceVersion }, items });

/** An API server of these answers, in turn. */
function scene(...answers: { status?: number; body: string }[]) {
  const asked: Outbound[] = [];
  const runtime = {
    ...manualRuntime(),
    request: async (outbound: Outbound) => {
      asked.push(outbound);
      const { status = 200, body } = answers.shift()!;
      return { status, headers: {}, body };
    },
  };
  const registry = kubernetesRegistry({
    ...{ runtime, url: 'http://127.0.0.1:8001/', namespace: 'shop', portName: 'http' },
    token: () => 'word',
  });
  return { registry, asked };
}

test('pods are instances: by name, address, named port, zone and readiness', async () => {
  const ready = slice(
    pod('orders-b', '10.0.0.2', { ready: false }),
    pod('orders-a', '10.0.0.1'),
    pod('orders-c', '10.0.0.3', { ready: false, serving: true, terminating: true }),
    pod('orders-d', '10.0.0.4', {}),
  );
  const { registry, asked } = scene({
    body: listOf('41', ready, slice(pod('orders-a', '10.0.0.1'))),
  });
  const listing = await registry.look('orders');
  assert.equal(listing?.revision, '41');
  assert.deepEqual(
    listing?.instances.map(({ id, url, zone, health }) => [id, url, zone, health]),
    [
      ['orders-a', 'http://10.0.0.1:3001', 'eu-1', 'up'],
      ['orders-b', 'http://10.0.0.2:3001', 'eu-1', 'down'],
      ['orders-c', 'http://10.0.0.3:3001', 'eu-1', 'draining'],
      ['orders-d', 'http://10.0.0.4:3001', 'eu-1', 'up'],
    ],
  );
  const [{ url, headers }] = asked as [Outbound];
  assert.match(
    url,
    /\/namespaces\/shop\/endpointslices\?labelSelector=kubernetes.io%2Fservice-name%3Dorders$/,
  );
  assert.equal(headers?.authorization, 'Bearer word');
});

test('a wait is a watch from the revision on: an event, and the list is asked for again', async () => {
  const event = `${JSON.stringify({ type: 'MODIFIED', object: slice() })}\n`;
  const { registry, asked } = scene({ body: event }, { body: listOf('42') });
  const listing = await registry.look('orders', { after: '41', waitMs: 9_500 });
  assert.deepEqual(listing, { revision: '42', instances: [] });
  assert.match(asked[0]!.url, /watch=1&resourceVersion=41&timeoutSeconds=10$/);
  assert.equal(asked[0]?.enough?.('{"type"'), false);
  assert.equal(asked[0]?.enough?.(event), true);
});

test('a watch that ends without an event is no change; one from too long ago is', async () => {
  const { registry } = scene({ body: '' }, { status: 410, body: 'Gone' }, { body: listOf('99') });
  assert.equal(await registry.look('orders', { after: '41', waitMs: 1_000 }), undefined);
  assert.equal((await registry.look('orders', { after: '41', waitMs: 1_000 }))?.revision, '99');
});

test('an answer that is no list is UNAVAILABLE, never an empty list', async () => {
  const { registry } = scene({ status: 403, body: 'endpointslices is forbidden' });
  await assert.rejects(registry.look('orders'), {
    code: 'UNAVAILABLE',
    message: /403: endpointslices/,
  });
});
