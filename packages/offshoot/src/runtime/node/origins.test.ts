// Does a request go where its URL says, however that is written?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { origins } from './origins.ts';

const { placeOf } = origins();

test('a path goes as a URL parser would send it, plain or not', () => {
  const paths = [
    ...['/', '/orders?page=2&q=a+b', '/a%20b/c.d', '/.well-known/x', '/a/./b', '/a/../b', '/a/.'],
    ...['/a/..?b', '/a/%2e%2E/b', '/with space', '/ünï', '/a#part', '//double', '', '/a\\b'],
  ];
  for (const path of paths) {
    const url = `http://127.0.0.1:9/x`.replace('/x', path);
    const { pathname, search } = new URL(url);
    assert.equal(placeOf(url).path, pathname + search, path);
  }
});

test('requests to one place share its connections, and what it is called has no path', () => {
  const first = placeOf('http://127.0.0.1:9/a').origin;
  assert.equal(first, placeOf('http://127.0.0.1:9/b?c').origin);
  assert.equal(first.host, '127.0.0.1:9');
  assert.notEqual(first, placeOf('http://127.0.0.1:10/a').origin);
});

test('what is no URL is refused', () => {
  for (const url of ['orders/7', '', 'http://']) assert.throws(() => placeOf(url), /Invalid URL/);
});
