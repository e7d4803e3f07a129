import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, test } from 'node:test';
import { serveHttp } from '../runtime/node/index.ts';
import { toyEdge } from './toy-edge.ts';

const edge = toyEdge();
const { handle } = edge;
const server = await serveHttp({ handle, onBodyTooLarge: handle, port: 0 });
after(() => server.close(0));

const authorization = `Bearer ${edge.token()}`;
const headers = { authorization, 'content-type': 'application/json' };
const post = (body: string | Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) =>
  fetch(`${server.url}/api/v1/orders`, { method: 'POST', headers: { ...headers, ...more }, body });
const code = async (answer: Response) => ((await answer.json()) as { code: string }).code;

test('an order goes in over a socket and its answer comes back', async () => {
  const answer = await post('{"items":[]}', { 'x-request-id': 'r-1', 'idempotency-key': 'k' });
  assert.equal(answer.status, 202);
  assert.equal(answer.headers.get('location'), '/api/v1/orders/o%201');
  assert.equal(answer.headers.get('x-request-id'), 'r-1');
  assert.deepEqual(await answer.json(), { orderId: 'o 1', status: 'pending' });
});

test('bad input over a socket has the codes of the table', async () => {
  const before = edge.calls.length;
  assert.equal(await code(await post('{')), 'MALFORMED_BODY');
  assert.equal(await code(await post('{"__proto__":{}}')), 'MALFORMED_BODY');
  assert.equal(
    await code(await post('a=1', { 'content-type': 'text/plain' })),
    'UNSUPPORTED_MEDIA_TYPE',
  );
  assert.equal(await code(await post(new Uint8Array(2 * 1_048_576))), 'BODY_TOO_LARGE');
  assert.equal(await code(await post('{}', { authorization: 'Bearer x' })), 'UNAUTHENTICATED');
  assert.equal(await code(await post('{}', { 'idempotency-key': 'a b' })), 'VALIDATION_FAILED');
  assert.equal(await code(await fetch(`${server.url}/api/v1/nothing`)), 'ROUTE_NOT_FOUND');
  assert.equal(edge.calls.length, before);
});

test('a body too large is refused like everything else: with ids, where a body is wanted, once let in', async () => {
  const body = new Uint8Array(2 * 1_048_576);
  const told = await post(body, { 'x-request-id': 'r-2' });
  assert.deepEqual([told.status, told.headers.get('x-request-id')], [413, 'r-2']);
  assert.equal(told.headers.get('connection'), 'close');
  assert.equal((await post(body, { authorization: 'Bearer x' })).status, 401);
  const nowhere = await fetch(`${server.url}/api/v1/nothing`, { method: 'POST', body });
  assert.equal(nowhere.status, 404);
});

test('dots and slashes are not tidied away on the way to a route', async () => {
  const status = (path: string) =>
    new Promise<number>((resolve, reject) => {
      const sent = httpRequest({ port: server.port, host: '127.0.0.1', path });
      sent.on('error', reject).on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode ?? 0);
      });
      sent.end();
    });
  for (const path of ['/api/v1/x/../orders', '/api//v1/orders', '/x/%2e%2e/livez', '/livez/'])
    assert.equal(await status(path), 404, path);
});

test('HEAD and OPTIONS are methods that no operation has', async () => {
  for (const method of ['HEAD', 'OPTIONS']) {
    const answer = await fetch(`${server.url}/api/v1/orders`, { method });
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, POST']);
  }
});
