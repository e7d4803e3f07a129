// Does the proxy read nothing behind what it refuses, and refuse what two servers read in two ways?
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, test } from 'node:test';
import { nodeRuntime, openFront, undiciUpstream } from '../runtime/node/index.ts';
import { proxy } from './proxy.ts';

const seen: string[] = [];
const service = createServer((request, response) => {
  seen.push(`${request.method} ${request.url}`);
  response.end('ok');
});
let port = 0;
const ends: (() => unknown)[] = [];

before(async () => {
  await once(service.listen(0, '127.0.0.1'), 'listening');
  const target = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const config = { routes: [{ path: '/api', target }] };
  const inner = proxy({ runtime: nodeRuntime(), client: undiciUpstream, config });
  const front = await openFront({ ...inner, port: 0 });
  port = front.port;
  ends.push(
    () => front.close(0),
    () => inner.close(),
    () => service.close(),
    () => service.closeAllConnections(),
  );
});
after(async () => {
  for (const end of ends) await end();
});

async function raw(bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket
    .on('error', () => {})
    .on('data', (data) => {
      text += data.toString('latin1');
    });
  socket.write(bytes, 'latin1');
  await once(socket, 'close');
  return text;
}

const BEHIND = 'GET /api/behind HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

test('behind a refused request nothing is read, though it came in the same packet', async () => {
  const heads = [
    'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'POST /api HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n',
    'GET /api HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  ];
  for (const head of heads) {
    const answer = await raw(head + BEHIND);
    assert.match(answer, /^HTTP\/1.1 400 /);
    assert.equal(answer.split('HTTP/1.1 ').length, 2);
  }
  assert.deepEqual(seen, []);
  assert.match(await raw(BEHIND), /^HTTP\/1.1 200 /);
  assert.deepEqual(seen.splice(0), ['GET /api/behind']);
});

test('TRACE, and paths that some servers tidy, go no further', async () => {
  const end = 'HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  assert.match(await raw(`TRACE /api ${end}`), /^HTTP\/1.1 405 /);
  for (const path of [
    '/api/..;/x',
    '/api/.;a',
    '/api/%c0%ae%c0%ae/x',
    '/api/..%C0%AFx',
    '/api/%ff',
  ])
    assert.match(await raw(`GET ${path} ${end}`), /^HTTP\/1.1 400 /, path);
  assert.deepEqual(seen, []);
  for (const path of ['/api/...;a', '/api/x;y=..', '/api/%c3%a4']) await raw(`GET ${path} ${end}`);
  assert.deepEqual(seen.splice(0), ['GET /api/...;a', 'GET /api/x;y=..', 'GET /api/%c3%a4']);
});

test('who wants another protocol behind a refused request is cut off, and the proxy lives', async () => {
  const wish = 'GET /api HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
  for (const first of [
    'GET /api HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'GET /api HTTP/1.1\r\nHost: a\r\n\r\n',
  ])
    assert.doesNotMatch(await raw(first + wish), / (?:101|501) /);
  seen.length = 0;
  assert.match(await raw(BEHIND), /^HTTP\/1.1 200 /);
  seen.length = 0;
});

test('another protocol than WebSocket is HTTP, and the last of its connection', async () => {
  const wish = 'HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n';
  const answer = await raw(`GET /api ${wish}\r\n${BEHIND}`);
  assert.match(answer, /^HTTP\/1.1 200 .*connection: close/is);
  assert.deepEqual(seen.splice(0), ['GET /api']);
  assert.match(await raw(`POST /api ${wish}Content-Length: 2\r\n\r\n{}`), /^HTTP\/1.1 400 /);
  assert.deepEqual(seen, []);
});
