// Do split and shadow send requests where they say, and never in the way of the real one?
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import { nodeRuntime, openFront, undiciUpstream } from '../../runtime/node/index.ts';
import type { Metrics } from '../../telemetry/index.ts';
import type { GatewayConfig } from '../config.ts';
import { proxy } from '../proxy.ts';

async function origin(t: TestContext, handle: RequestListener): Promise<string> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function running(t: TestContext, config: GatewayConfig) {
  const outcomes: string[] = [];
  const nothing = () => {};
  const metrics: Metrics = {
    ...{ gauge: nothing, observe: nothing },
    count: (name, labels) =>
      void (name === 'offshoot_gateway_shadowed_total' && outcomes.push(labels!.outcome!)),
  };
  const made = proxy({ runtime: nodeRuntime(), client: undiciUpstream, config, metrics });
  const front = await openFront({ onRequest: made.onRequest, onUpgrade: made.onUpgrade, port: 0 });
  t.after(async () => {
    await front.close(100);
    made.close();
  });
  return { url: front.url, outcomes, reload: made.reload };
}

async function until(is: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!is()) {
    assert.ok(performance.now() < end, 'it never came');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test('callers are split by a header, each always to the same service', async (t) => {
  const [old, next] = [
    await origin(t, (_, response) => response.end('old')),
    await origin(t, (_, response) => response.end('next')),
  ];
  const config = (weight: number): GatewayConfig => ({
    services: { orders: [old], 'orders-next': [next] },
    routes: [
      {
        ...{ path: '/', target: 'orders', headers: ['x-tenant'] },
        policies: [
          { split: { by: { header: 'x-tenant' }, to: { orders: 100, 'orders-next': weight } } },
        ],
      },
    ],
  });
  const { url, reload } = await running(t, config(100));
  const of = async (tenant: number) =>
    (await fetch(url, { headers: { 'x-tenant': `t${tenant}` } })).text();
  const all = async () => Promise.all(Array.from({ length: 60 }, (_, tenant) => of(tenant)));
  const first = await all();
  assert.deepEqual(await all(), first);
  const share = first.filter((one) => one === 'next').length;
  assert.ok(share > 15 && share < 45, String(share));
  reload(config(0));
  assert.ok((await all()).every((one) => one === 'old'));
});

test('a service that a split names and the file does not is a mistake of the file', () => {
  const routes = [
    { path: '/', target: 'http://127.0.0.1:1', policies: [{ split: { to: { b: 1 } } }] },
  ];
  const parts = { runtime: nodeRuntime(), client: undiciUpstream };
  assert.throws(() => proxy({ ...parts, config: { routes } }), /there is no service 'b'/);
});

test('copies of reads and of nothing else go to the shadow, with a mark, and nobody sees its answer', async (t) => {
  const copies: string[] = [];
  const real = await origin(t, (_, response) => response.end('real'));
  const to = await origin(t, (request, response) => {
    copies.push(`${request.method} ${request.url} ${request.headers['x-offshoot-shadow']}`);
    response.writeHead(request.url === '/differs' ? 500 : 200).end('shadow');
  });
  const { url, outcomes } = await running(t, {
    routes: [{ path: '/', target: real, policies: [{ shadow: { to } }] }],
  });
  for (const path of ['/a?b=1', '/differs'])
    assert.equal(await (await fetch(`${url}${path}`)).text(), 'real');
  await fetch(url, { method: 'POST', body: 'pay' });
  await fetch(url, { method: 'DELETE' });
  await until(() => outcomes.length === 2);
  assert.deepEqual(copies.sort(), ['GET /a?b=1 true', 'GET /differs true']);
  assert.deepEqual(outcomes.sort(), ['different', 'same']);
});

test('a method that changes something is copied only where it is named, with its body', async (t) => {
  const bodies: string[] = [];
  const real = await origin(
    t,
    (request, response) => void request.resume().on('end', () => response.end()),
  );
  const to = await origin(t, (request, response) => {
    request.on('data', (chunk) => bodies.push(String(chunk))).on('end', () => response.end());
  });
  const { url, outcomes } = await running(t, {
    routes: [{ path: '/', target: real, policies: [{ shadow: { to, methods: ['POST'] } }] }],
  });
  await fetch(url, { method: 'POST', body: 'pay' });
  await fetch(url, { method: 'POST', body: Buffer.alloc(100_000) });
  await until(() => outcomes.length === 2);
  assert.deepEqual([bodies, outcomes.sort()], [['pay'], ['dropped', 'same']]);
});

test('a shadow that is silent or away neither slows nor fails anybody, and is asked only so often at once', async (t) => {
  let held = 0;
  const real = await origin(t, (_, response) => response.end('real'));
  const silent = await origin(t, () => {
    held += 1;
  });
  const { url, outcomes } = await running(t, {
    routes: [
      {
        path: '/',
        target: real,
        policies: [{ shadow: { to: silent, atOnceMax: 2, timeoutMs: 300 } }],
      },
      { path: '/away', target: real, policies: [{ shadow: { to: 'http://127.0.0.1:1' } }] },
    ],
  });
  for (let one = 0; one < 20; one += 1) assert.equal(await (await fetch(url)).text(), 'real');
  assert.equal(await (await fetch(`${url}/away`)).text(), 'real');
  await until(() => outcomes.length === 21);
  const dropped = outcomes.filter((one) => one === 'dropped').length;
  assert.equal(outcomes.filter((one) => one === 'failed').length, 21 - dropped);
  assert.ok(dropped > 0 && held === 20 - dropped, `${dropped} dropped, ${held} held`);
});
