// Does the front of a gateway speak HTTP/2 beside HTTP/1.1 over TLS, and take new certificates?
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from 'node:http2';
import { get } from 'node:https';
import type { AddressInfo } from 'node:net';
import test, { type TestContext } from 'node:test';
import { proxy } from 'offshoot/proxy';
import { nodeRuntime, openFront, strictUpstream } from 'offshoot/runtime/node';
import { certificateAuthority } from './authority.ts';

const runtime = nodeRuntime();

function pair() {
  const seed = runtime.randomBytes(32);
  const authority = certificateAuthority({ runtime, trustDomain: 'shop.local', seed });
  const { key, certificate } = authority.issue('gateway', 60_000);
  return { key, cert: certificate };
}

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

async function running(t: TestContext) {
  const origin = createServer((incoming, response) => {
    let body = '';
    incoming.on('data', (chunk) => {
      body += chunk;
    });
    incoming.on('end', () => {
      const { method, url, headers } = incoming;
      response.end(JSON.stringify({ method, url, body, headers }));
    });
  }).listen(0, '127.0.0.1');
  await once(origin, 'listening');
  const target = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`;
  const config = { routes: [{ path: '/', target, policies: ['requestId'] }] };
  const made = proxy({ runtime, client: strictUpstream, scheme: 'https', config });
  const { onRequest, onUpgrade } = made;
  const front = await openFront({ onRequest, onUpgrade, port: 0, tls: pair() });
  t.after(async () => {
    await front.close(100);
    made.close();
    origin.close();
  });
  return front;
}

/** Status and body of an answer over HTTP/2. */
function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined });
    let status = 0;
    let text = '';
    stream.on('response', (said) => {
      status = said[':status'] ?? 0;
    });
    stream.on('data', (chunk) => {
      text += chunk;
    });
    stream.on('end', () => resolve({ status, text }));
    stream.on('error', reject);
    if (body !== undefined) stream.end(body);
  });
}

test('HTTP/2 and HTTP/1.1 reach the service over TLS, and it is told so', async (t) => {
  const front = await running(t);
  const session = connect(front.url, { rejectUnauthorized: false });
  t.after(() => session.destroy());
  const seen = async (headers: OutgoingHttpHeaders, body?: string): Promise<Seen> => {
    const { status, text } = await ask(session, { ':path': '/x?a=1', ...headers }, body);
    assert.equal(status, 200);
    return JSON.parse(text);
  };
  const plain = await seen({ 'x-user-id': '1' });
  assert.deepEqual([plain.method, plain.url, plain.body], ['GET', '/x?a=1', '']);
  assert.equal(plain.headers['x-forwarded-proto'], 'https');
  assert.equal(plain.headers.host, front.url.slice('https://'.length));
  assert.equal(plain.headers['x-user-id'], undefined);
  assert.equal(plain.headers['transfer-encoding'], undefined);
  const post = { ':method': 'POST' };
  assert.equal((await seen(post, 'hello')).body, 'hello');
  assert.equal((await seen({ ...post, 'content-length': '5' }, 'hello')).body, 'hello');
  const hostile = await ask(session, { ':path': '/a/../b' });
  assert.equal(hostile.status, 400);
  const old = new Promise<number>((resolve) =>
    get(`${front.url}/`, { rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }),
  );
  assert.equal(await old, 200);
});

test('new handshakes get the new certificate, and connections that are open stay', async (t) => {
  const front = await running(t);
  const first = connect(front.url, { rejectUnauthorized: false });
  t.after(() => first.destroy());
  assert.equal((await ask(first, { ':path': '/' })).status, 200);
  const seen = new Set<string>();
  for (let turn = 0; turn < 20; turn += 1) {
    front.renew(pair());
    const session = connect(front.url, { rejectUnauthorized: false });
    assert.equal((await ask(session, { ':path': '/' })).status, 200);
    const { socket } = session as unknown as {
      socket: { getPeerCertificate(): { fingerprint256: string } };
    };
    seen.add(socket.getPeerCertificate().fingerprint256);
    session.destroy();
  }
  assert.equal(seen.size, 20);
  assert.equal((await ask(first, { ':path': '/' })).status, 200);
});
