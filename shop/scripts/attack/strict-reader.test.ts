import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readRequests } from './strict-reader.ts';

const GET = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n';
const POST = 'POST /b HTTP/1.1\r\nHost: a\r\n';

test('requests behind each other are read with their bodies, and how it ends', () => {
  const chunked = `${POST}Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\nX: y\r\n\r\n`;
  const { requests, end, length } = readRequests(
    `${GET}${POST}Content-Length: 2\r\n\r\n{}${chunked}`,
  );
  assert.deepEqual(
    requests.map(({ method, body, framing, hasTrailers }) => [method, body, framing, hasTrailers]),
    [
      ['GET', '', 'none', false],
      ['POST', '{}', 'length', false],
      ['POST', '{}', 'chunked', true],
    ],
  );
  assert.equal(end, 'clean');
  assert.equal(length, GET.length + POST.length + 23 + chunked.length);
});

test('every beginning of a request is partial, and none is broken', () => {
  const whole = `${POST}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`;
  for (let end = 1; end < whole.length; end += 1)
    assert.equal(readRequests(whole.slice(0, end)).end, 'partial', String(end));
  assert.equal(readRequests(whole).end, 'clean');
});

test('behind what is in doubt nothing is read', () => {
  const doubts = {
    'Transfer-Encoding and Content-Length': `${POST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
    'a Content-Length that is none': `${POST}Content-Length: +1\r\n\r\n1`,
    'a Transfer-Encoding that is not chunked': `${POST}Transfer-Encoding: x\r\n\r\n`,
    'Transfer-Encoding in HTTP/1.0': 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n',
    'a folded line': `GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n`,
    'a line feed without its carriage return': 'GET / HTTP/1.1\nHost: a\r\n\r\n',
    'a carriage return within a line': 'GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n',
    'a NUL': 'GET / HTTP/1.1\r\nHost: a\0\r\n\r\n',
    'a header name that is no token': 'GET / HTTP/1.1\r\nHost : a\r\n\r\n',
    'a chunk that is longer than it says': `${POST}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n`,
    'another protocol': 'GET / HTTP/2.0\r\nHost: a\r\n\r\n',
    'a tunnel': 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
  };
  for (const [why, bytes] of Object.entries(doubts)) {
    const reading = readRequests(GET + bytes + GET);
    assert.deepEqual([reading.requests.length, reading.end, reading.why], [1, 'broken', why]);
  }
});

test('what is clear but must be refused has an objection, and what follows is read', () => {
  const [first, second] = readRequests(
    `GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n${GET}`,
  ).requests;
  assert.equal(first?.objection, 'more than one Host');
  assert.equal(second?.objection, undefined);
});

test('after Connection: close, and after HTTP/1.0, nothing comes', () => {
  const last = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n';
  assert.deepEqual(
    [last, 'GET / HTTP/1.0\r\n\r\n'].map((one) => readRequests(one + GET).end),
    ['closed', 'closed'],
  );
});
