// Does a question to the outside end as an answer or an error with a code, whatever comes back?
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as tcpServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { nodeRequest } from './request.ts';

function serving(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  t.after(() => void server.close().closeAllConnections());
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    );
  });
}

const ask = (url: string, more: object = {}) =>
  nodeRequest({ method: 'GET', url, timeoutMs: 5_000, ...more });

test('trap 18: a letter that is split over two chunks arrives whole', async (t) => {
  const text = Buffer.from('grüße');
  const url = await serving(t, (_, response) => {
    response.write(text.subarray(0, 3)); // between the two bytes of ü
    setImmediate(() => response.end(text.subarray(3)));
  });
  assert.equal((await ask(url)).body, 'grüße');
});

test('what is sent arrives, and a header that comes twice is one', async (t) => {
  const url = await serving(t, async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    response.writeHead(201, [...['x-a', '1'], ...['x-a', '2'], ...['x-b', request.method!]]);
    response.end(`${request.url} ${body}`);
  });
  const { status, headers, body } = await ask(`${url}/p?q=%20`, { method: 'POST', body: 'é' });
  assert.deepEqual([status, headers['x-a'], headers['x-b']], [201, '1, 2', 'POST']);
  assert.equal(body, '/p?q=%20 é');
});

test('trap 6: who never answers is given up in time, and the socket is closed', async (t) => {
  const closed = Promise.withResolvers<void>();
  const url = await serving(t, ({ url: path, socket }, response) => {
    if (path === '/first') response.end();
    else socket.once('close', closed.resolve);
  });
  await ask(`${url}/first`); // connected: the time is for the answer alone, however busy the machine is
  await assert.rejects(ask(url, { timeoutMs: 500 }), { code: 'DEADLINE_EXCEEDED' });
  await closed.promise;
});

test('an abort closes the exchange', async (t) => {
  const closed = Promise.withResolvers<void>();
  const abort = new AbortController();
  const url = await serving(t, (request) => {
    request.socket.once('close', closed.resolve);
    abort.abort();
  });
  await assert.rejects(ask(url, { signal: abort.signal }), { code: 'UNAVAILABLE' });
  await closed.promise;
  await assert.rejects(ask(url, { signal: abort.signal }), { code: 'UNAVAILABLE' });
});

test('nobody there is UNAVAILABLE, and says that nothing was sent', async () => {
  const gone = tcpServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => gone.once('listening', resolve));
  const { port } = gone.address() as AddressInfo;
  await new Promise((resolve) => gone.close(resolve));
  const details = { sent: false };
  await assert.rejects(ask(`http://127.0.0.1:${port}`), { code: 'UNAVAILABLE', details });
});

test('an answer that breaks off is UNAVAILABLE, and may have happened', async (t) => {
  const url = await serving(t, (_, response) => {
    response.writeHead(200, { 'content-length': '9' });
    response.write('half');
    setImmediate(() => response.destroy());
  });
  await assert.rejects(ask(url), { code: 'UNAVAILABLE', details: {} });
});

test('an answer without an end is cut off', async (t) => {
  const url = await serving(t, (_, response) => {
    const block = Buffer.alloc(1 << 20);
    const more = () => {
      while (!response.destroyed && response.write(block));
    };
    response.on('drain', more);
    more();
  });
  await assert.rejects(ask(url), { code: 'BAD_UPSTREAM' });
});

test('an answer without an end is over when what came is enough, and its exchange is closed', async (t) => {
  let gone: Promise<unknown> | undefined;
  const url = await serving(t, (request, response) => {
    gone = once(request.socket, 'close');
    response.write('one\n');
    setImmediate(() => response.write('two\nthr'));
  });
  const { body } = await ask(url, { enough: (text: string) => text.includes('two') });
  assert.match(body, /^one\ntwo/);
  await gone;
});
