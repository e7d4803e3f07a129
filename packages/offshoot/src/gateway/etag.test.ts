import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, jsonSchema, query } from '../contract/index.ts';
import type { Call, Reply } from '../rpc/index.ts';
import { ifMatchTags, isKnown } from './etag.ts';
import { toyEdge } from './toy-edge.ts';

const any = jsonSchema<any>({ type: 'object' });
const toys = contract('toys', {
  version: 1,
  operations: {
    look: query('GET /{id}', {
      input: any,
      output: any,
      access: anyone(),
      deprecated: {
        at: '2026-01-01',
        sunset: '2027-01-01',
        successor: '/api/v2/toys/{id}',
        info: '/docs/toys',
      },
    }),
    lookAgain: query('GET /{id}', { input: any, output: any, access: anyone(), version: 2 }),
    mine: query('GET /mine', { input: any, output: any, etag: 'revision' }),
    change: command('PATCH /{id}', {
      input: any,
      output: any,
      access: anyone(),
      ifMatch: 'revisions',
    }),
  },
  events: {},
});

const edgeOf = (value: unknown) => {
  const reply = (_: Call): Reply => ({ kind: 'output', value, after: '' });
  return toyEdge(reply, { contracts: [toys] });
};

test('an answer to a GET has a strong tag of its bytes, and is not sent twice', async () => {
  const edge = edgeOf({ id: '1', name: 'top' });
  const first = await edge.ask('GET', '/api/v1/toys/1');
  const { etag = '' } = first.headers;
  assert.match(etag, /^"[\w-]{22}"$/);
  assert.equal(first.headers['cache-control'], 'no-cache');
  for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
    const again = await edge.ask('GET', '/api/v1/toys/1', { headers: { 'if-none-match': tags } });
    assert.deepEqual([again.status, again.text, again.headers.etag], [304, '', etag], tags);
  }
  for (const tags of ['"other"', 'x', '', etag.slice(1, -1)]) {
    const again = await edge.ask('GET', '/api/v1/toys/1', { headers: { 'if-none-match': tags } });
    assert.equal(again.status, 200, tags);
  }
  const other = await edgeOf({ id: '1', name: 'tops' }).ask('GET', '/api/v1/toys/1');
  assert.notEqual(other.headers.etag, etag);
});

test('a contract may name the field that is the tag, and what is one’s own is kept private', async () => {
  const edge = edgeOf({ revision: 7 });
  const headers = { authorization: `Bearer ${edge.token()}` };
  const mine = await edge.ask('GET', '/api/v1/toys/mine', { headers });
  assert.equal(mine.headers.etag, '"7"');
  assert.equal(mine.headers['cache-control'], 'private, no-cache');
});

test('the tags of If-Match reach the handler, from the header alone', async () => {
  const edge = edgeOf({});
  const change = (header?: string) =>
    edge.ask('PATCH', '/api/v1/toys/1', {
      headers: header === undefined ? {} : { 'if-match': header },
      body: '{"revisions":["9"],"name":"top"}',
    });
  const missing = await change();
  assert.deepEqual([missing.status, missing.json.code], [428, 'PRECONDITION_REQUIRED']);
  const broken = await change('7');
  assert.deepEqual([broken.status, broken.json.code], [422, 'VALIDATION_FAILED']);
  assert.equal(edge.calls.length, 0);
  assert.equal((await change('"7", W/"8"')).status, 200);
  assert.deepEqual(edge.calls[0]?.input, { id: '1', name: 'top', revisions: ['7'] });
});

test('tags are read as RFC 9110 writes them', () => {
  assert.deepEqual(ifMatchTags('*'), ['*']);
  assert.deepEqual(ifMatchTags('"a", "b"'), ['a', 'b']);
  assert.throws(() => ifMatchTags(`"${'x'.repeat(3_000)}"`), { code: 'VALIDATION_FAILED' });
  assert.ok(isKnown('"a","b"', '"b"') && !isKnown(undefined, '"b"') && !isKnown('"a" "b"', '"b"'));
});

test('two versions of an operation stand side by side, the old one says that it will go', async () => {
  const edge = edgeOf({});
  const old = await edge.ask('GET', '/api/v1/toys/a%2Fb');
  assert.equal(old.headers.deprecation, '@1767225600');
  assert.equal(old.headers.sunset, 'Fri, 01 Jan 2027 00:00:00 GMT');
  const link = '</api/v2/toys/a%2Fb>; rel="successor-version", </docs/toys>; rel="deprecation"';
  assert.equal(old.headers.link, link);
  const fresh = await edge.ask('GET', '/api/v2/toys/1');
  assert.equal(fresh.headers.deprecation, undefined);
  await edge.ask('GET', '/api/toys/1');
  const called = edge.calls.map(({ operation }) => operation);
  assert.deepEqual(called, ['look', 'lookAgain', 'look'], 'who names no version gets the first');
});

test('a page links to the next, beside what else is linked', async () => {
  const edge = toyEdge({ kind: 'output', value: { next: 'a b' }, after: '' });
  const deprecated = { at: '2026-01-01', info: '/docs' };
  const input = jsonSchema<any>({ type: 'object', properties: { cursor: { type: 'string' } } });
  const list = query('GET /', { input, output: any, access: anyone(), deprecated });
  const lists = contract('lists', { version: 1, operations: { list }, events: {} });
  const paged = toyEdge(
    { kind: 'output', value: { next: 'a b' }, after: '' },
    { contracts: [lists] },
  );
  const { headers } = await paged.ask('GET', '/api/v1/lists?limit=2&cursor=x');
  const next = '</api/v1/lists?limit=2&cursor=a+b>; rel="next"';
  assert.equal(headers.link, `${next}, </docs>; rel="deprecation"`);
  assert.equal((await edge.ask('GET', '/api/v1/orders')).headers.link, undefined);
});

test('a sunset before the deprecation, or a date that is none, is no contract', () => {
  for (const deprecated of [
    { at: '2026-02-01', sunset: '2026-01-01' },
    { at: 'soon' },
    { at: '2026-01-01', sunset: 'later' },
  ])
    assert.throws(() => query('GET /', { input: any, output: any, deprecated }), {
      code: 'BAD_DEFINITION',
    });
});
