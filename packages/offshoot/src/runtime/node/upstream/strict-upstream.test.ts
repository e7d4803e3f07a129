// Does the own client read what is HTTP/1.1, whatever its pieces, and nothing else?
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import test, { type TestContext } from 'node:test';
import fc from 'fast-check';
import type { Upstream, UpstreamRequest } from '../../upstream.ts';
import { type AnswerListener, ResponseReader } from './response-reader.ts';
import { strictUpstream } from './strict-upstream.ts';

/** What a reader makes of these pieces. */
function read(pieces: readonly Buffer[], hasNoBody = false) {
  const seen = {
    status: 0,
    headers: [] as string[],
    body: '',
    ends: 0,
    isLast: false,
    isWell: true,
  };
  const listener: AnswerListener = {
    head: ({ status, headers }) => Object.assign(seen, { status, headers }),
    data: (chunk) => {
      seen.body += chunk.toString('latin1');
    },
    end: (isLast) => {
      seen.ends += 1;
      seen.isLast = isLast;
    },
  };
  const reader = new ResponseReader(listener);
  reader.expect(hasNoBody);
  for (const piece of pieces) if (seen.isWell) seen.isWell = reader.feed(piece, piece.length);
  return seen;
}

const whole = (text: string, hasNoBody = false) => read([Buffer.from(text, 'latin1')], hasNoBody);

const LAWFUL: readonly string[] = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A:  b \r\n\r\nhello',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-B: 2\r\n\r\n',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 \r\nContent-Length: 5\r\n\r\nhello',
];

test('an answer reads the same whole, byte by byte, and cut anywhere', () => {
  for (const text of LAWFUL) {
    const bytes = Buffer.from(text, 'latin1');
    const one = whole(text);
    assert.deepEqual([one.isWell, one.ends, one.body, one.status], [true, 1, 'hello', 200], text);
    const single = [...bytes].map((byte) => Buffer.from([byte]));
    assert.deepEqual(read(single), one);
    for (let cut = 1; cut < bytes.length; cut += 1)
      assert.deepEqual(
        read([bytes.subarray(0, cut), bytes.subarray(cut)]),
        one,
        `${cut} of ${text}`,
      );
  }
});

const ODD: readonly string[] = [
  'HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\nContent-Length: 0\n\n',
  'HTTP/1.1 099 No\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx',
  'HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx',
  'HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx',
  'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX : 1\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX: 1\r\n y\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX: \u0000\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nX: a\rb\r\nContent-Length: 0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffff\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX : 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n',
  `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(4_000)}\r\n`,
  'SSH-2.0-OpenSSH_9.2\r\n\r\n',
];

test('whatever is odd ends the connection, whole or byte by byte', () => {
  for (const text of ODD) {
    assert.equal(whole(text).isWell, false, JSON.stringify(text));
    const single = [...Buffer.from(text, 'latin1')].map((byte) => Buffer.from([byte]));
    assert.equal(read(single).isWell, false, JSON.stringify(text));
  }
});

test('any bytes are read without an exception, and alike however they are cut', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'HTTP/1.1 200 OK',
      '\r\n',
      '\n',
      'Content-Length: 3',
      'Transfer-Encoding: chunked',
    ),
    fc.constantFrom('3', '0', 'abc', ' ', ':', '\r\n\r\n', 'X-A: b', 'Connection: close'),
    fc.string({ maxLength: 5 }),
  );
  const texts = fc.array(piece, { maxLength: 14 }).map((parts) => parts.join(''));
  const made = fc.oneof(
    texts,
    texts.map((text) => `HTTP/1.1 200 OK\r\n${text}`),
  );
  fc.assert(
    fc.property(made, fc.nat(), (text, at) => {
      const bytes = Buffer.from(text, 'latin1');
      const cut = at % (bytes.length + 1);
      const one = whole(text);
      const two = read(
        [bytes.subarray(0, cut), bytes.subarray(cut)].filter((part) => part.length > 0),
      );
      assert.equal(two.isWell, one.isWell);
      if (one.isWell) assert.deepEqual(two, one);
      assert.ok(one.ends <= 1);
    }),
    { numRuns: 5_000 },
  );
});

type Answer = (socket: Socket, request: string) => void;

async function server(t: TestContext, answer: Answer, options = {}) {
  const sockets: Socket[] = [];
  const made = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('data', (chunk) => answer(socket, chunk.toString('latin1')));
  }).listen(0, '127.0.0.1');
  await once(made, 'listening');
  const upstream = strictUpstream({
    origin: `http://127.0.0.1:${(made.address() as AddressInfo).port}`,
    ...options,
  });
  t.after(() => {
    upstream.close();
    for (const socket of sockets) socket.destroy();
    made.close();
  });
  return { upstream, sockets };
}

const get: UpstreamRequest = {
  ...{ method: 'GET', path: '/', headers: ['host', 'a'], body: undefined, bodyLength: undefined },
};

function ask(upstream: Upstream, request: Partial<UpstreamRequest> = {}): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    upstream.send(
      { ...get, ...request },
      {
        onHead: (status) => {
          text += `${status} `;
        },
        onData: (chunk) => {
          text += chunk.toString();
        },
        onEnd: () => resolve(text),
        onFailure: ({ kind }) => resolve(kind),
      },
    );
  });
}

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

test('one connection carries many requests, one after the other', async (t) => {
  const { upstream, sockets } = await server(t, (socket) => socket.write(OK), {
    connectionsMax: 2,
  });
  const said = await Promise.all(Array.from({ length: 50 }, () => ask(upstream)));
  assert.deepEqual(new Set(said), new Set(['200 ok']));
  assert.equal(sockets.length, 2);
});

test('bytes that nobody asked for are never the answer to the next request', async (t) => {
  const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
  let asked = 0;
  const answer: Answer = (socket) => {
    asked += 1;
    socket.write(asked === 1 ? OK + evil : OK);
  };
  const { upstream, sockets } = await server(t, answer, { connectionsMax: 1 });
  const said = await Promise.all([ask(upstream), ask(upstream), ask(upstream)]);
  assert.deepEqual(said, ['200 ok', '200 ok', '200 ok']);
  assert.equal(sockets.length, 2);
});

test('who answers before the body is whole gets no other request on that connection', async (t) => {
  const { upstream, sockets } = await server(t, (socket) => socket.write(OK), {
    connectionsMax: 1,
  });
  const body = new Readable({ read() {} });
  body.push('a');
  assert.equal(await ask(upstream, { method: 'POST', body, bodyLength: 100 }), '200 ok');
  assert.equal(await ask(upstream), '200 ok');
  assert.equal(sockets.length, 2);
  body.destroy();
});

test('a line that is more than a line is not sent', async (t) => {
  let asked = 0;
  const { upstream } = await server(t, (socket) => {
    asked += 1;
    socket.write(OK);
  });
  for (const headers of [
    ['x', 'a\r\nb: c'],
    ['x\r\ny', 'z'],
    ['x y', 'z'],
    ['x', '\u0100'],
  ])
    assert.equal(await ask(upstream, { headers }), 'protocol');
  assert.equal(await ask(upstream, { path: '/a b' }), 'protocol');
  assert.equal(await ask(upstream, { method: 'GE T' }), 'protocol');
  assert.equal(asked, 0);
});

test('a whole body, a stream with its length and one in chunks arrive as they are', async (t) => {
  let seen = '';
  const { upstream } = await server(t, (socket, text) => {
    seen += text;
    if (/(?:abc|0\r\n\r\n)$/.test(seen)) socket.write(OK);
  });
  const sent = async (request: Partial<UpstreamRequest>) => {
    seen = '';
    await ask(upstream, { method: 'POST', ...request });
    return seen.slice(seen.indexOf('host: a\r\n') + 9);
  };
  const bytes = Buffer.from('abc');
  assert.equal(await sent({ body: bytes, bodyLength: 3 }), 'content-length: 3\r\n\r\nabc');
  const stream = Readable.from([Buffer.from('a'), Buffer.from('bc')]);
  assert.equal(await sent({ body: stream, bodyLength: 3 }), 'content-length: 3\r\n\r\nabc');
  assert.equal(
    await sent({ body: Readable.from([bytes]), bodyLength: undefined }),
    'transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  );
});

test('no server, one that hangs up and one that speaks something else are told apart', async (t) => {
  const hangsUp = await server(t, (socket) => socket.destroy());
  assert.equal(await ask(hangsUp.upstream), 'reset');
  const other = await server(t, (socket) => socket.write('220 mail.example ESMTP\r\n\r\n'));
  assert.equal(await ask(other.upstream), 'protocol');
  const nobody = strictUpstream({ origin: 'http://127.0.0.1:1' });
  assert.equal(await ask(nobody), 'connect');
  const cut = await server(t, (socket) =>
    socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab'),
  );
  assert.equal(await ask(cut.upstream), 'reset');
});
