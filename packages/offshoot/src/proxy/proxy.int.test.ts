// Does the gateway carry requests to services that know nothing of it?
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import test, { type TestContext } from 'node:test';
import {
  nodeRuntime,
  nodeWebSocket,
  openFront,
  strictUpstream,
  undiciUpstream,
} from '../runtime/node/index.ts';
import type { GatewayConfig } from './config.ts';
import { type ProxyOptions, proxy } from './proxy.ts';

type Handler = Parameters<typeof createServer>[1];

async function origin(
  t: TestContext,
  handle: Handler,
  more: (server: Server) => void = () => {},
): Promise<string> {
  const server = createServer(handle as never).listen(0, '127.0.0.1');
  more(server);
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const CLIENTS = { undici: undiciUpstream, own: strictUpstream };
let client = undiciUpstream;

/** The same promises over both clients. */
const both = (name: string, body: (t: TestContext) => Promise<void>): void => {
  for (const [which, one] of Object.entries(CLIENTS))
    test(`${name} (${which})`, async (t) => {
      client = one;
      await body(t);
    });
};

async function running(t: TestContext, config: GatewayConfig, more: Partial<ProxyOptions> = {}) {
  const made = proxy({ runtime: nodeRuntime(), client, config, webSocket: nodeWebSocket, ...more });
  const front = await openFront({ onRequest: made.onRequest, onUpgrade: made.onUpgrade, port: 0 });
  t.after(async () => {
    await front.close(100);
    made.close();
  });
  return { url: front.url, port: front.port, proxy: made };
}

const echo: Handler = (incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    const body = Buffer.concat(chunks).toString();
    const { method, url, headers } = incoming;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ method, url, headers, body }));
  });
};

/** What comes back for these bytes, until the connection is closed. */
function raw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('close', () => resolve(text));
    socket.on('error', () => resolve(text));
  });
}

both(
  'a request goes on with its method, path, query and body, and its answer comes back',
  async (t) => {
    const target = await origin(t, echo);
    const { url } = await running(t, {
      routes: [{ path: '/api/users', target, pathRewrite: { '^/api/users': '/users' } }],
    });
    const reply = await fetch(`${url}/api/users/7?page=2&q=a%2Fb`, {
      method: 'POST',
      body: 'hällo',
    });
    const seen = (await reply.json()) as Record<string, string>;
    assert.equal(reply.status, 200);
    assert.equal(seen.method, 'POST');
    assert.equal(seen.url, '/users/7?page=2&q=a%2Fb');
    assert.equal(seen.body, 'hällo');
  },
);

both('status, location, empty answers and binary bodies pass as they are', async (t) => {
  const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, at) => (at * 7) % 256));
  const target = await origin(t, (incoming, response) => {
    if (incoming.url === '/made') response.writeHead(201, { location: '/made/1' }).end('{}');
    else if (incoming.url === '/same') response.writeHead(304, { etag: '"1"' }).end();
    else if (incoming.url === '/none') response.writeHead(204).end();
    else response.end(bytes);
  });
  const { url } = await running(t, { routes: [{ path: '/', target }] });
  const made = await fetch(`${url}/made`);
  assert.deepEqual([made.status, made.headers.get('location')], [201, '/made/1']);
  const same = await fetch(`${url}/same`);
  assert.deepEqual([same.status, same.headers.get('etag')], [304, '"1"']);
  assert.equal((await fetch(`${url}/none`)).status, 204);
  const binary = Buffer.from(await (await fetch(`${url}/binary`)).arrayBuffer());
  assert.deepEqual(binary, bytes);
});

both('of what a stranger sends only known header lines go further', async (t) => {
  const target = await origin(t, echo);
  const { url, port } = await running(t, {
    routes: [{ path: '/', target, headers: ['x-tenant'], policies: ['requestId'] }],
  });
  const said = await raw(
    port,
    'GET / HTTP/1.1\r\nHost: shop\r\nX-User-Id: 1\r\nX_User_Id: 1\r\nx-forwarded-for: 9.9.9.9\r\n' +
      'Accept: a/b\r\nX-Tenant: t1\r\nConnection: close, accept-language\r\nAccept-Language: de\r\n\r\n',
  );
  const seen = JSON.parse(said.slice(said.indexOf('\r\n\r\n') + 4)).headers;
  assert.deepEqual(
    Object.keys(seen)
      .filter((name) => name !== 'connection')
      .sort(),
    [
      'accept',
      'host',
      'via',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-request-id',
      'x-tenant',
    ],
  );
  assert.equal(seen['x-forwarded-for'], '127.0.0.1');
  assert.equal(seen.host, 'shop');
  assert.ok((await fetch(url)).headers.get('x-request-id'));
});

both('what two servers could read in two ways is refused', async (t) => {
  let arrived = 0;
  const target = await origin(t, (_, response) => {
    arrived += 1;
    response.end('reached');
  });
  const { port } = await running(t, { routes: [{ path: '/', target }] });
  const hostile = [
    'GET /a/../b HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /a//b HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
    'GET / HTTP/1.1\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: a\r\nExpect: 200-maybe\r\n\r\n',
    'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
    'GET / HTTP/1.1\nHost: a\n\n',
    'GET / HTTP/2.0\r\nHost: a\r\n\r\n',
    'GET / HTTP/0.9\r\nHost: a\r\n\r\n',
    `GET / HTTP/1.1\r\nHost: a\r\n${'A: b\r\n'.repeat(101)}\r\n`,
  ];
  for (const bytes of hostile) {
    const said = await raw(port, bytes);
    assert.match(said, /^HTTP\/1\.1 4\d\d /, bytes);
  }
  assert.equal(arrived, 0);
});

both('an answer without an end arrives piece by piece', async (t) => {
  let write: ((text: string) => void) | undefined;
  const target = await origin(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.flushHeaders();
    write = (text) => response.write(text);
  });
  const { url } = await running(t, { routes: [{ path: '/', target }] });
  const reply = await new Promise<IncomingMessage>((resolve) =>
    request(url, resolve)
      .on('error', () => {})
      .end(),
  );
  for (const text of ['data: 1\n\n', 'data: 2\n\n']) {
    const next = new Promise((resolve) => reply.once('data', (chunk) => resolve(String(chunk))));
    write!(text);
    assert.equal(await next, text);
  }
  reply.destroy();
});

both('a body without a length streams, and ends with 413 where it grows too large', async (t) => {
  const target = await origin(t, echo);
  const { url } = await running(t, { routes: [{ path: '/', target, bodyBytesMax: 300_000 }] });
  const streamed = (length: number) =>
    fetch(url, {
      method: 'POST',
      duplex: 'half',
      body: new ReadableStream({
        start(controller) {
          for (let left = length; left > 0; left -= 50_000)
            controller.enqueue(Buffer.alloc(50_000, 'a'));
          controller.close();
        },
      }),
    } as RequestInit);
  const whole = (await (await streamed(200_000)).json()) as { body: string };
  assert.equal(whole.body.length, 200_000);
  assert.equal((await streamed(400_000)).status, 413);
  const declared = await fetch(url, { method: 'POST', body: Buffer.alloc(300_001) });
  assert.equal(declared.status, 413);
});

both(
  'a service that is not there, silent or speaks no HTTP is a problem with Proxy-Status',
  async (t) => {
    const silent = await origin(t, () => {});
    const { url } = await running(t, {
      routes: [
        { path: '/gone', target: 'http://127.0.0.1:1' },
        { path: '/silent', target: silent, timeoutMs: 50 },
      ],
    });
    const gone = await fetch(`${url}/gone`);
    assert.equal(gone.status, 503);
    assert.match(gone.headers.get('proxy-status')!, /^offshoot; error=connection_refused$/);
    assert.equal(((await gone.json()) as { code: string }).code, 'UNAVAILABLE');
    const late = await fetch(`${url}/silent`);
    assert.equal(late.status, 504);
    assert.equal((await fetch(`${url}/nowhere`)).status, 404);
  },
);

both('routes are exchanged under load without a failed request', async (t) => {
  const one = await origin(t, (_, response) => setImmediate(() => response.end('one')));
  const two = await origin(t, (_, response) => setImmediate(() => response.end('two')));
  const configs = [one, two].map((target) => ({ routes: [{ path: '/', target }] }));
  const { url, proxy: served } = await running(t, configs[0]!);
  let isOver = false;
  const seen = new Set<string>();
  const client = async () => {
    while (!isOver) {
      const reply = await fetch(url);
      assert.equal(reply.status, 200);
      seen.add(await reply.text());
    }
  };
  const clients = Array.from({ length: 4 }, client);
  for (let turn = 1; turn <= 20; turn += 1) {
    served.reload(configs[turn % 2]!);
    assert.equal((await fetch(url)).status, 200);
  }
  isOver = true;
  await Promise.all(clients);
  assert.deepEqual([...seen].sort(), ['one', 'two']);
});

test('a WebSocket passes where the route has upgrade, and behind its policies', async (t) => {
  const target = await origin(
    t,
    (_, response) => void response.writeHead(426).end('no'),
    (server) =>
      server.on('upgrade', (incoming, socket, head) => {
        const { upgrade, connection } = incoming.headers;
        const said = `${upgrade} ${connection} ${incoming.headers['sec-websocket-key']} ${incoming.url}`;
        socket.write(
          `HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Said: ${said}\r\n\r\n`,
        );
        socket.write(head);
        socket.pipe(socket).on('error', () => {});
      }),
  );
  const jwt = { issuer: 'i', audience: 'a', secret: { env: 'S' } };
  const { port } = await running(
    t,
    {
      routes: [
        { path: '/chat', target, upgrade: true },
        { path: '/closed', target },
        { path: '/mine', target, upgrade: true, policies: [{ jwt }] },
      ],
    },
    { secret: () => 'x'.repeat(32) },
  );
  const ask = (path: string) =>
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Version: 13\r\n\r\n`;
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1');
    if (text.endsWith('one')) socket.write('two');
    if (text.endsWith('two')) socket.end();
  });
  socket.write(`${ask('/chat?a=1')}one`);
  await new Promise((resolve) => socket.on('close', resolve));
  assert.match(text, /^HTTP\/1\.1 101 /);
  assert.match(text, /x-said: websocket Upgrade k \/chat\?a=1\r\n/);
  assert.match(text, /\r\n\r\nonetwo$/);
  assert.match(await raw(port, ask('/closed')), /^HTTP\/1\.1 403 /);
  assert.match(await raw(port, ask('/mine')), /^HTTP\/1\.1 401 /);
});
