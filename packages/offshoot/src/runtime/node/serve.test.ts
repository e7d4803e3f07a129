import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterEach, test } from 'node:test';
import type { HttpHandler, Inbound } from '../http.ts';
import { type HttpServer, type ServeOptions, serveHttp } from './serve.ts';

const open: HttpServer[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close(0);
});

const ok: HttpHandler = async ({ body }) => ({
  status: 200,
  headers: { 'content-type': 'text/plain' },
  body: `got ${Buffer.from(body).toString('utf8')}`,
});

async function serving(handle: HttpHandler, more: Partial<ServeOptions> = {}): Promise<HttpServer> {
  const server = await serveHttp({ handle, port: 0, ...more });
  open.push(server);
  return server;
}

/** Writes raw bytes and reads until the server closes. */
async function raw(port: number, ...chunks: (string | Uint8Array)[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  const seen: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void seen.push(chunk));
  socket.on('error', () => {});
  for (const chunk of chunks) await new Promise((resolve) => socket.write(chunk, resolve));
  await once(socket, 'close');
  return Buffer.concat(seen).toString('utf8');
}

const gate = () => {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
};

test('a request arrives whole and its answer goes back', async () => {
  let seen: Inbound | undefined;
  const { url } = await serving(async (request) => {
    seen = request;
    return ok(request);
  });
  const answer = await fetch(`${url}/a%20b?c=%20`, {
    method: 'POST',
    body: 'hé',
    headers: { 'X-A': '1' },
  });
  assert.equal(await answer.text(), 'got hé');
  assert.equal(answer.headers.get('content-length'), '7');
  assert.equal(seen?.target, '/a%20b?c=%20');
  assert.equal(seen?.headers['x-a'], '1');
  assert.equal(seen?.remoteAddress, '127.0.0.1');
});

test('a body in UTF-8 survives being cut inside a character, and a thousand chunks', async () => {
  const { port } = await serving(ok);
  const body = Buffer.from('€'.repeat(1_000));
  const head = `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
  const answer = await raw(
    port,
    head,
    body.subarray(0, 1),
    body.subarray(1, 500),
    body.subarray(500),
  );
  assert.ok(answer.endsWith(`got ${body}`));
  const chunked = [...body.subarray(0, 999)].map((byte) =>
    Buffer.from(`1\r\n_\r\n`).fill(byte, 3, 4),
  );
  const start =
    'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n';
  const second = await raw(port, start, Buffer.concat(chunked), '0\r\n\r\n');
  assert.ok(second.endsWith(`got ${'€'.repeat(333)}`));
});

test('a body over the limit is answered with 413 and the connection closed, announced or not', async () => {
  let handled = 0;
  const { url, port } = await serving(async (request) => {
    handled++;
    return ok(request);
  });
  const body = Buffer.alloc(2 * 1_048_576, 'a');
  const answer = await fetch(url, { method: 'POST', body });
  assert.equal(answer.status, 413);
  assert.equal(answer.headers.get('connection'), 'close');
  assert.equal(((await answer.json()) as { code: string }).code, 'BODY_TOO_LARGE');
  const size = body.length.toString(16);
  const start = `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n`;
  assert.match(await raw(port, start, body, '\r\n0\r\n\r\n'), /^HTTP\/1.1 413 /);
  assert.equal(handled, 0);
});

test('a body of exactly the limit is taken', async () => {
  const { url } = await serving(ok, { limits: { bodyBytesMax: 10 } });
  assert.equal((await fetch(url, { method: 'POST', body: 'a'.repeat(10) })).status, 200);
  assert.equal((await fetch(url, { method: 'POST', body: 'a'.repeat(11) })).status, 413);
});

test('a client that asks before it sends too much is told at once', async () => {
  const { port } = await serving(ok, { limits: { bodyBytesMax: 10 } });
  const head = (length: number) =>
    `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
  assert.match(await raw(port, head(11)), /^HTTP\/1.1 413 /);
  assert.match(await raw(port, head(2), 'hi'), /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200 OK/);
});

test('a handler that crashes, now or later, makes a 500 that says nothing of it', async () => {
  const crashes: unknown[] = [];
  const onCrash = (cause: unknown) => void crashes.push(cause);
  const handlers: HttpHandler[] = [
    () => Promise.reject(new Error('secret')),
    () => {
      throw new Error('secret');
    },
    async () => ({ status: 200, headers: { 'x-a': 'secret\r\nb: c' }, body: '' }),
    async () => undefined as never,
  ];
  for (const handle of handlers) {
    const { url } = await serving(handle, { onCrash });
    const answer = await fetch(url);
    const text = await answer.text();
    assert.equal(answer.status, 500);
    assert.equal(JSON.parse(text).code, 'INTERNAL_ERROR');
    assert.ok(!text.includes('secret') && !text.includes('.ts'));
  }
  assert.equal(crashes.length, handlers.length);
});

test('a port in use is named, with what to do', async () => {
  const { port } = await serving(ok);
  const again = serveHttp({ handle: ok, port });
  await assert.rejects(again, (error: any) => {
    assert.equal(error.code, 'PORT_IN_USE');
    assert.match(error.message, new RegExp(`port ${port} .*choose another port`));
    return true;
  });
});

test('bytes that are no HTTP are answered with 400 and closed', async () => {
  const { port } = await serving(ok);
  assert.match(await raw(port, 'hello there\r\n\r\n'), /^HTTP\/1.1 400 /);
  const both =
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n';
  assert.match(await raw(port, both), /^HTTP\/1.1 400 /);
  const long = `GET / HTTP/1.1\r\nHost: a\r\nX-A: ${'a'.repeat(20_000)}\r\n\r\n`;
  assert.match(await raw(port, long), /^HTTP\/1.1 431 .*"code":"HEADERS_TOO_LARGE"/s);
  const nameless = await raw(port, 'GET / HTTP/1.1\r\n\r\n');
  assert.match(nameless, /^HTTP\/1.1 400 .*application\/problem\+json.*"MALFORMED_REQUEST"/s);
});

test('who handles bodies that are too large is told of the request, and the connection closed', async () => {
  const seen: Inbound[] = [];
  const onBodyTooLarge: HttpHandler = async (request) => {
    seen.push(request);
    if (request.target === '/crash') throw new Error('secret');
    return { status: 413, headers: { 'x-request-id': 'r-1' }, body: 'less' };
  };
  const { url, port } = await serving(ok, { onBodyTooLarge, limits: { bodyBytesMax: 10 } });
  const answer = await fetch(`${url}/a`, { method: 'POST', body: 'a'.repeat(11) });
  assert.deepEqual([answer.status, await answer.text()], [413, 'less']);
  assert.equal(answer.headers.get('connection'), 'close');
  assert.equal(answer.headers.get('x-request-id'), 'r-1');
  const head = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n';
  assert.match(await raw(port, head), /^HTTP\/1.1 413 /);
  assert.deepEqual([seen[0]?.target, seen[0]?.body.length, seen[0]?.bodyOverBytes], ['/a', 0, 10]);
  assert.equal((await fetch(`${url}/crash`, { method: 'POST', body: 'a'.repeat(11) })).status, 500);
});

test('an expectation that nobody knows is passed over', async () => {
  const { port } = await serving(ok);
  const head = 'GET / HTTP/1.1\r\nHost: a\r\nExpect: the-unexpected\r\nConnection: close\r\n\r\n';
  assert.match(await raw(port, head), /^HTTP\/1.1 200 /);
});

test('a header sent twice arrives joined, so that nothing hides behind the first', async () => {
  let seen: Inbound | undefined;
  const { port } = await serving(async (request) => {
    seen = request;
    return ok(request);
  });
  const head = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n';
  await raw(port, `${head}Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n`);
  assert.equal(seen?.headers.authorization, 'Bearer a, Bearer b');
});

test('the signal aborts when the client goes away, and not when it has its answer', async () => {
  const reached = gate();
  const gone = gate();
  const signals: AbortSignal[] = [];
  const { url } = await serving(async (request) => {
    signals.push(request.signal);
    if (request.target === '/quick') return ok(request);
    request.signal.addEventListener('abort', gone.open);
    reached.open();
    await gone.opened;
    return ok(request);
  });
  await (await fetch(`${url}/quick`)).text();
  const leaving = new AbortController();
  const left = fetch(url, { signal: leaving.signal }).catch(() => {});
  await reached.opened;
  leaving.abort();
  await gone.opened;
  await left;
  assert.deepEqual(
    signals.map(({ aborted }) => aborted),
    [false, true],
  );
});

test('closing lets a request in flight end, tells it to close, and takes no new one', async () => {
  const reached = gate();
  const go = gate();
  const server = await serving(async (request) => {
    reached.open();
    await go.opened;
    return ok(request);
  });
  const request = httpRequest(server.url, { headers: { connection: 'keep-alive' } }).end();
  const response = once(request, 'response');
  await reached.opened;
  const closing = server.close(60_000);
  await assert.rejects(fetch(server.url));
  go.open();
  const [answer] = await response;
  answer.resume();
  assert.equal(answer.headers.connection, 'close');
  await closing;
});

test('closing cuts off what does not end within the grace', async () => {
  const reached = gate();
  const server = await serving(() => {
    reached.open();
    return new Promise(() => {});
  });
  const cut = fetch(server.url).then(
    () => 'answered',
    () => 'cut',
  );
  await reached.opened;
  await server.close(10);
  assert.equal(await cut, 'cut');
});

test('what two servers could read in two ways is refused, and nothing behind it is read', async () => {
  const seen: string[] = [];
  const { port } = await serving(async (request) => {
    seen.push(request.target);
    return ok(request);
  });
  const behind = 'GET /behind HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  const heads = {
    'no version': 'GET /old\r\n\r\n',
    'version 0.9': 'GET / HTTP/0.9\r\nHost: a\r\n\r\n',
    'version 2.0': 'GET / HTTP/2.0\r\nHost: a\r\n\r\n',
    'two hosts': 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'a host that is none': 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n',
    'a fragment': 'GET /?a=#b HTTP/1.1\r\nHost: a\r\n\r\n',
    'bytes above 127 in the target': 'GET /\u00e4 HTTP/1.1\r\nHost: a\r\n\r\n',
    'a coding before chunked': `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`,
    'a comma before chunked': `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n`,
    'chunks in HTTP/1.0': `POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  };
  for (const [what, head] of Object.entries(heads)) {
    const answer = await raw(port, Buffer.from(head + behind, 'latin1'));
    assert.match(answer, /^HTTP\/1.1 400 .*connection: close/is, what);
    assert.equal(answer.split('HTTP/1.1 ').length, 2, `${what}: one answer`);
  }
  assert.deepEqual(seen, []);
  const plain = 'GET /plain HTTP/1.0\r\n\r\n';
  assert.match(await raw(port, plain), /^HTTP\/1.1 200 /);
  const chunked = `POST /chunked HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n`;
  assert.match(await raw(port, chunked), /^HTTP\/1.1 200 /);
  assert.deepEqual(seen, ['/plain', '/chunked']);
});

test('more header lines than allowed are refused, not forgotten', async () => {
  const { port } = await serving(ok);
  const lines = (count: number) =>
    `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${'a: b\r\n'.repeat(count - 2)}\r\n`;
  assert.match(await raw(port, lines(100)), /^HTTP\/1.1 200 /);
  assert.match(await raw(port, lines(101)), /^HTTP\/1.1 431 /);
});

test('a request for a protocol that nobody has here is answered as HTTP, and the last of its connection', async () => {
  const { port } = await serving(ok);
  const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
  const answer = await raw(port, `${upgrade}GET /lost HTTP/1.1\r\nHost: a\r\n\r\n`);
  assert.match(answer, /^HTTP\/1.1 200 .*connection: close/is);
  const post = upgrade
    .replace('GET', 'POST')
    .replace('\r\n\r\n', '\r\nContent-Length: 2\r\n\r\n{}');
  assert.match(await raw(port, post), /^HTTP\/1.1 400 /);
});

test('a body too large that breaks off is answered once', async () => {
  const { port } = await serving(ok, { limits: { bodyBytesMax: 10 } });
  const socket = connect(port, '127.0.0.1');
  const seen: Buffer[] = [];
  socket
    .on('error', () => {})
    .on('data', (chunk: Buffer) => {
      seen.push(chunk);
      socket.end();
    });
  socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nabc');
  await once(socket, 'close');
  assert.match(String(Buffer.concat(seen)), /^HTTP\/1.1 413 /);
  assert.equal(String(Buffer.concat(seen)).split('HTTP/1.1 ').length, 2);
});

test('a refusal never passes for the answer to the request before it', async () => {
  const { port } = await serving(async (request) => {
    await new Promise((resolve) => setImmediate(resolve));
    return ok(request);
  });
  const get = await raw(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\nno http\r\n\r\n');
  assert.match(get, /^HTTP\/1.1 200 .*got $/s);
  const head = await raw(port, 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\nno http\r\n\r\n');
  assert.match(head, /^HTTP\/1.1 200 .*\r\n\r\n$/s);
  const start = 'HEAD / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
  assert.match(await raw(port, start, 'zz\r\n'), /^HTTP\/1.1 400 .*close\r\n\r\n$/s);
});

test('who wants another protocol behind a refused or unanswered request is cut off, and nobody falls', async () => {
  const link = () => assert.fail('nobody goes on');
  const { port } = await serving(ok, { upgrades: { link } });
  const wish = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: link\r\n\r\n';
  const refused = await raw(port, `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${wish}`);
  assert.doesNotMatch(refused, /101/);
  assert.doesNotMatch(await raw(port, `GET / HTTP/1.1\r\nHost: a\r\n\r\n${wish}`), /101/);
  const last = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  assert.match(await raw(port, last), /^HTTP\/1.1 200 /);
});
