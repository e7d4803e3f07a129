// Do policies keep their promises in front of a service that knows nothing of them?
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import { SignJWT } from 'jose';
import { nodeRuntime, openFront, strictUpstream } from '../../runtime/node/index.ts';
import type { Fields, Span } from '../../telemetry/index.ts';
import type { GatewayConfig, PolicyConfig } from '../config.ts';
import { proxy } from '../proxy.ts';

const SECRET = 'a secret of more than thirty-two bytes';

async function service(t: TestContext, handle: RequestListener): Promise<string> {
  const server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function behind(t: TestContext, config: GatewayConfig) {
  const lines: Fields[] = [];
  const spans: Span[] = [];
  const write = (_: string, fields: Fields = {}) => void lines.push(fields);
  const made = proxy({
    ...{ runtime: nodeRuntime(), client: strictUpstream, config, secret: () => SECRET },
    logger: { debug: write, info: write, warn: write, error: write },
    tracer: { on: true, record: (span) => void spans.push(span) },
  });
  const { onRequest, onUpgrade } = made;
  const front = await openFront({ onRequest, onUpgrade, port: 0 });
  t.after(async () => {
    await front.close(100);
    made.close();
  });
  return { url: front.url, lines, spans };
}

const one = (target: string, ...policies: PolicyConfig[]): GatewayConfig => ({
  routes: [{ path: '/', target, policies }],
});

test('five hundreds open the breaker, a hundred 404s do not, and it closes after a probe', async (t) => {
  let status = 404;
  let asked = 0;
  const target = await service(t, (_, response) => {
    asked += 1;
    response.writeHead(status).end();
  });
  const { url } = await behind(t, one(target, { breaker: { failuresMax: 5, openMs: 200 } }));
  const ask = async () => (await fetch(url)).status;
  for (let turn = 0; turn < 100; turn += 1) assert.equal(await ask(), 404);
  status = 500;
  for (let turn = 0; turn < 5; turn += 1) assert.equal(await ask(), 500);
  const before = asked;
  const open = await fetch(url);
  assert.equal(open.status, 503);
  assert.match(
    open.headers.get('proxy-status')!,
    /destination_unavailable; details="breaker open"/,
  );
  assert.ok(Number(open.headers.get('retry-after')) >= 1);
  assert.equal(asked, before);
  status = 200;
  for (let turn = 0; turn < 200 && (await ask()) !== 200; turn += 1)
    await new Promise((next) => setTimeout(next, 10));
  assert.equal(await ask(), 200);
});

test('trap 40: another instance is asked when the first is dead, with a POST only when nothing was sent', async (t) => {
  let posts = 0;
  const good = await service(t, (incoming, response) => {
    if (incoming.method === 'POST') posts += 1;
    response.end('ok');
  });
  let broken = 0;
  const breaks = await service(t, (incoming) => {
    broken += 1;
    incoming.socket.destroy();
  });
  const config = (bad: string): GatewayConfig => ({
    services: { pair: { instances: [bad, good], balancer: 'round-robin', ejection: false } },
    routes: [{ path: '/', target: 'pair', policies: [{ retry: { budgetPercent: 100 } }] }],
  });
  const dead = await behind(t, config('http://127.0.0.1:1'));
  for (let turn = 0; turn < 4; turn += 1)
    assert.equal((await fetch(dead.url, { method: 'POST', body: 'a' })).status, 200);
  assert.equal(posts, 4);
  const breaking = await behind(t, config(breaks));
  for (let turn = 0; turn < 4; turn += 1) assert.equal((await fetch(breaking.url)).status, 200);
  const statuses = new Set<number>();
  for (let turn = 0; turn < 4; turn += 1)
    statuses.add((await fetch(breaking.url, { method: 'POST', body: 'a' })).status);
  assert.deepEqual([...statuses].sort(), [200, 503]);
  assert.ok(broken >= 2);
});

test('trap 12: two users behind one address have a limit each', async (t) => {
  const target = await service(t, (_, response) => response.end('ok'));
  const { url } = await behind(
    t,
    one(
      target,
      { jwt: { issuer: 'i', audience: 'a', secret: { env: 'S' } } },
      { rateLimit: { windowMs: 3_600_000, max: 3 } },
    ),
  );
  const token = (user: string) =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(user)
      .setIssuer('i')
      .setAudience('a')
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(Buffer.from(SECRET));
  const ask = async (bearer: string, more = {}) => {
    const headers = { authorization: `Bearer ${bearer}`, ...more };
    return (await fetch(url, { headers })).status;
  };
  const [ann, bob] = [await token('ann'), await token('bob')];
  for (let turn = 0; turn < 3; turn += 1) assert.equal(await ask(ann), 200);
  assert.equal(await ask(ann), 429);
  assert.equal(await ask(ann, { 'x-forwarded-for': '9.9.9.9' }), 429);
  assert.equal(await ask(bob), 200);
  assert.equal(await ask(`${ann}x`), 401);
  assert.equal((await fetch(url)).status, 401);
});

test('the token ends at the gateway unless it is to go on, and goes on where nobody asks for it', async (t) => {
  const target = await service(t, (incoming, response) =>
    response.end(incoming.headers.authorization ?? 'none'),
  );
  const plain = await behind(t, one(target));
  const said = await fetch(plain.url, { headers: { authorization: 'Basic abc' } });
  assert.equal(await said.text(), 'Basic abc');
  const jwt = { issuer: 'i', audience: 'a', secret: { env: 'S' }, optional: true };
  const asking = await behind(t, one(target, { jwt }));
  assert.equal(await (await fetch(asking.url)).text(), 'none');
});

test('a preflight is answered here, and only listed origins may read', async (t) => {
  let asked = 0;
  const target = await service(t, (_, response) => {
    asked += 1;
    response.end('ok');
  });
  const { url } = await behind(t, one(target, { cors: { origins: ['https://shop.example'] } }));
  const preflight = (origin: string) =>
    fetch(url, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'PUT' },
    });
  const good = await preflight('https://shop.example');
  assert.equal(good.status, 204);
  assert.equal(good.headers.get('access-control-allow-origin'), 'https://shop.example');
  assert.match(good.headers.get('access-control-allow-methods')!, /PUT/);
  assert.equal(asked, 0);
  const evil = await preflight('https://evil.example');
  assert.equal(evil.headers.get('access-control-allow-origin'), null);
  const read = await fetch(url, { headers: { origin: 'https://shop.example' } });
  assert.equal(read.headers.get('access-control-allow-origin'), 'https://shop.example');
  assert.equal(read.headers.get('vary'), 'Origin');
});

test('trap 44: each request is a line with its ids, aborted ones too, and forged ids are replaced', async (t) => {
  const target = await service(t, (incoming, response) => {
    if (incoming.url !== '/never') response.end(String(incoming.headers.traceparent));
  });
  const policies: PolicyConfig[] = ['accessLog', 'requestId', { trace: { sampled: 1 } }];
  const { url, lines, spans } = await behind(t, one(target, ...policies));
  const parent = '00-0123456789abcdef0123456789abcdef-0123456789abcdef-01';
  const reply = await fetch(url, { headers: { 'x-request-id': 'mine-1', traceparent: parent } });
  assert.equal(reply.headers.get('x-request-id'), 'mine-1');
  const inner = await reply.text();
  assert.match(inner, /^00-0123456789abcdef0123456789abcdef-(?!0123456789abcdef)[0-9a-f]{16}-01$/);
  assert.deepEqual([spans[0]!.traceparent, spans[0]!.parent], [inner, parent]);
  const forged = await fetch(url, { headers: { 'x-request-id': 'a'.repeat(10_000) } });
  assert.match(forged.headers.get('x-request-id')!, /^[0-9a-f-]{36}$/);
  const leaving = AbortSignal.timeout(50);
  await assert.rejects(fetch(`${url}/never`, { signal: leaving }));
  for (let turn = 0; turn < 200 && lines.length < 3; turn += 1)
    await new Promise((next) => setTimeout(next, 10));
  assert.deepEqual(
    lines.map(({ outcome, status }) => [outcome, status]),
    [
      ['answered', 200],
      ['answered', 200],
      ['gone', 0],
    ],
  );
  assert.equal(lines[0]!.requestId, 'mine-1');
});
