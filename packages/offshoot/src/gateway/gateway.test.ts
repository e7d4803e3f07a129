import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffshootError } from '../error/index.ts';
import { fixed, shedder } from '../resilience/index.ts';
import type { Reply } from '../rpc/index.ts';
import { nodeRuntime } from '../runtime/node/index.ts';
import { type ToyEdge, toyEdge } from './toy-edge.ts';

const place = (edge: ToyEdge, headers: Record<string, string> = {}) =>
  edge.ask('POST', '/api/v1/orders', {
    headers: { authorization: `Bearer ${edge.token()}`, ...headers },
    body: '{"items":[]}',
  });

test('a reply becomes the status, body, Location and position of its operation', async () => {
  const answer = await place(toyEdge());
  assert.equal(answer.status, 202);
  assert.deepEqual(answer.json, { orderId: 'o 1', status: 'pending' });
  assert.equal(answer.headers.location, '/api/v1/orders/o%201');
  assert.equal(answer.headers['offshoot-after'], 'orders=1.7');
  assert.equal(answer.headers['content-type'], 'application/json');
  assert.equal(answer.headers['idempotent-replayed'], undefined);
});

test('a status without a body has none, and a replayed reply says so', async () => {
  const edge = toyEdge({ kind: 'output', value: {}, after: '', replayed: true });
  const headers = { authorization: `Bearer ${edge.token({ roles: ['admin'] })}` };
  const answer = await edge.ask('DELETE', '/api/v1/orders/7', { headers });
  assert.deepEqual([answer.status, answer.text], [204, '']);
  assert.equal(answer.headers['idempotent-replayed'], 'true');
});

test('what goes to a service is the call and its ids, and nothing else that was sent', async () => {
  const edge = toyEdge();
  await place(edge, {
    'x-request-id': 'r-1',
    'x-correlation-id': 'c-1',
    'idempotency-key': '"k 1"',
    'offshoot-principal': 'root',
    'offshoot-deadline-ms': '999999',
    'x-service-token': 'forged',
    cookie: 'a=b',
  });
  const { principal, headers, ...call } = edge.calls[0]!;
  const { traceparent, ...ids } = headers;
  assert.equal(principal.name, 'user:u1');
  assert.deepEqual(call, { service: 'orders', operation: 'place', input: { items: [] } });
  assert.deepEqual(ids, {
    deadlineMs: 1_234,
    correlationId: 'c-1',
    causationId: 'r-1',
    idempotencyKey: 'k 1',
  });
  assert.match(traceparent, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});

test('trap 44: ids come back; unsafe ones are replaced, and a trace is continued', async () => {
  const edge = toyEdge();
  const trace = '0af7651916cd43dd8448eb211c80319c';
  const traceparent = `00-${trace}-b7ad6b7169203331-01`;
  const kept = await place(edge, { 'x-request-id': 'r-1', traceparent });
  assert.equal(kept.headers['x-request-id'], 'r-1');
  assert.equal(kept.headers['x-correlation-id'], 'r-1');
  assert.ok(kept.headers.traceparent?.startsWith(`00-${trace}-`));
  assert.notEqual(kept.headers.traceparent, traceparent);
  const long = await place(edge, { 'x-request-id': 'r'.repeat(10_000) });
  assert.match(long.headers['x-request-id'] ?? '', /^[0-9a-f-]{36}$/);
  const broken = {
    'x-request-id': 'r\nset-cookie: a=b',
    'x-correlation-id': '<script>',
    traceparent: 'x',
  };
  const replaced = await place(edge, broken);
  assert.match(replaced.headers['x-request-id'] ?? '', /^[0-9a-f-]{36}$/);
  assert.match(replaced.headers['x-correlation-id'] ?? '', /^[0-9a-f-]{36}$/);
  assert.match(replaced.headers.traceparent ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
});

test('a declared refusal has the status and data of its contract', async () => {
  const edge = toyEdge({ kind: 'refusal', code: 'OUT_OF_STOCK', data: { sku: 'A' } });
  const answer = await place(edge);
  assert.equal(answer.headers['content-type'], 'application/problem+json');
  const { status, code, data, instance } = answer.json;
  assert.deepEqual([answer.status, status, code], [409, 409, 'OUT_OF_STOCK']);
  assert.deepEqual([data, instance], [{ sku: 'A' }, '/api/v1/orders']);
  assert.equal(answer.json.traceId, answer.headers.traceparent?.slice(3, 35));
});

test('trap 44: a request whose caller went away is logged like any other', async () => {
  const edge = toyEdge();
  const signal = AbortSignal.abort();
  const request = { method: 'GET', target: '/api/v1/orders', headers: {}, body: new Uint8Array() };
  await edge.handle({ ...request, remoteAddress: '127.0.0.1', signal });
  assert.deepEqual(
    edge.lines.map(({ message, fields }) => [message, fields.route]),
    [['request', '/api/v1/orders']],
  );
});

test('what the contract does not know is a bad upstream', async () => {
  const strange: Reply[] = [
    { kind: 'refusal', code: 'MADE_UP', data: undefined },
    { kind: 'refusal', code: 'toString', data: undefined },
    { kind: 'refusal', code: 'OUT_OF_STOCK', data: { sku: 7 } },
    { kind: 'output', value: { orderId: 7 }, after: '' },
    { kind: 'error', error: { code: 'MADE_UP', message: 'x', retryable: false } },
  ];
  for (const reply of strange) {
    const answer = await place(toyEdge(reply));
    assert.deepEqual([answer.status, answer.json.code], [502, 'BAD_UPSTREAM']);
  }
});

test('an error reply has the status of its code, its errors, and Retry-After when to come again', async () => {
  const errors = [{ detail: 'too small', pointer: '#/items/0/quantity' }];
  const failed = (error: OffshootError) => place(toyEdge({ kind: 'error', error: error.toJSON() }));
  const invalid = await failed(
    new OffshootError('VALIDATION_FAILED', 'does not fit', { details: { errors } }),
  );
  assert.deepEqual([invalid.status, invalid.json.errors], [422, errors]);
  for (const code of ['OVERLOADED', 'RATE_LIMITED'] as const)
    assert.equal((await failed(new OffshootError(code, 'busy'))).headers['retry-after'], '1');
  const details = { retryAfterMs: 2_100 };
  const gone = await failed(new OffshootError('NO_HEALTHY_INSTANCE', 'nobody', { details }));
  assert.deepEqual([gone.status, gone.headers['retry-after']], [503, '3']);
  assert.equal((await failed(new OffshootError('DEADLINE_EXCEEDED', 'late'))).status, 504);
});

test('a door that is behind refuses what is not critical before it costs anything, never the own pages', async () => {
  const lag = { at: () => 21, stop: () => {} };
  const runtime = nodeRuntime();
  const edge = toyEdge(undefined, {
    shed: shedder({ name: 'host', runtime, limit: fixed(10), waitingMax: 0, lag }),
  });
  const answer = await place(edge);
  assert.deepEqual([answer.status, answer.json.code], [503, 'OVERLOADED']);
  assert.equal(answer.headers['retry-after'], '1');
  assert.equal((await edge.ask('GET', '/livez', {})).status, 200);
  assert.deepEqual(edge.calls, []);
});

test('a crash on the way is a 500 that tells the caller nothing and the log what happened', async () => {
  const edge = toyEdge(() => {
    throw new Error('password=hunter2');
  });
  const answer = await place(edge, { 'x-request-id': 'r-1' });
  assert.deepEqual([answer.status, answer.json.code], [500, 'INTERNAL_ERROR']);
  assert.equal(answer.headers['x-request-id'], 'r-1');
  assert.ok(!answer.text.includes('hunter2') && !answer.text.includes('.ts'));
  const line = edge.lines.find(({ message }) => message === 'request failed');
  assert.deepEqual([line?.fields.requestId, line?.fields.message], ['r-1', 'password=hunter2']);
});

test('unknown paths are 404 and other methods 405 with Allow, with ids on them too', async () => {
  const edge = toyEdge();
  const unknown = await edge.ask('GET', '/wp-admin.php', { headers: { 'x-request-id': 'r-1' } });
  assert.deepEqual([unknown.status, unknown.json.code], [404, 'ROUTE_NOT_FOUND']);
  assert.equal(unknown.headers['x-request-id'], 'r-1');
  const other = await edge.ask('PATCH', '/api/orders');
  assert.deepEqual([other.status, other.headers.allow], [405, 'GET, POST']);
  const own = await edge.ask('POST', '/livez');
  assert.deepEqual([own.status, own.headers.allow], [405, 'GET']);
});

test('trap 43: log and metrics know route templates, never a path or a query', async () => {
  const edge = toyEdge();
  await edge.ask('GET', '/api/orders?status=alice@example.org');
  await edge.ask('GET', '/api/v1/orders/alice@example.org');
  await edge.ask('GET', '/alice@example.org');
  const routes = ['/api/v1/orders', '/api/v1/orders/{orderId}', 'unmatched'];
  assert.deepEqual(
    edge.observed.map(({ route }) => route),
    routes,
  );
  assert.deepEqual(
    edge.observed.map(({ status_code }) => status_code),
    ['200', '401', '404'],
  );
  assert.deepEqual(
    edge.lines.map(({ fields }) => fields.route),
    routes,
  );
  assert.ok(!JSON.stringify([edge.lines, edge.observed]).includes('alice'));
});

test('health has a page for each asker, in the word each looks for', async () => {
  const words = async (status: 'pass' | 'warn' | 'fail') => {
    const report = { status };
    const health = { live: () => report, started: () => report, ready: async () => report };
    const edge = toyEdge(undefined, { health });
    const paths = ['/livez', '/readyz', '/startupz', '/health', '/health/live', '/health/ready'];
    const pages = await Promise.all(paths.map((path) => edge.ask('GET', path)));
    return pages.map((page) => `${page.status} ${page.json.status}`).join(', ');
  };
  const well = (word: string, up: string, ok: string) =>
    [word, word, word, up, ok, ok].map((one) => `200 ${one}`).join(', ');
  assert.equal(await words('pass'), well('pass', 'UP', 'ok'));
  assert.equal(await words('warn'), well('warn', 'UP', 'ok'));
  assert.match(await words('fail'), /^503 fail, .* 503 DOWN, 503 degraded, 503 degraded$/);
});

test('the edge answers for its own health, metrics and description', async () => {
  const edge = toyEdge(undefined, {
    health: {
      live: () => ({ status: 'pass' }),
      started: () => ({ status: 'pass' }),
      ready: async () => ({ status: 'fail', output: 'opening' }),
    },
    extra: {
      'GET /hello': async () => ({
        status: 200,
        headers: { 'content-type': 'text/plain' },
        body: 'hi',
      }),
    },
  });
  assert.equal((await edge.ask('GET', '/livez')).status, 200);
  const ready = await edge.ask('GET', '/readyz?verbose');
  assert.deepEqual([ready.status, ready.json.output], [503, 'opening']);
  assert.equal(ready.headers['content-type'], 'application/health+json');
  const metrics = await edge.ask('GET', '/metrics');
  assert.deepEqual(
    [metrics.text, metrics.headers['content-type']?.split(';')[0]],
    ['up 1\n', 'text/plain'],
  );
  const document = await edge.ask('GET', '/openapi.json');
  assert.equal(document.json.openapi, '3.1.0');
  const hello = await edge.ask('GET', '/hello', { headers: { 'x-request-id': 'r-1' } });
  assert.deepEqual([hello.text, hello.headers['x-request-id']], ['hi', 'r-1']);
});
