import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, event, jsonSchema, query } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { embeddedBroker } from '../messaging/index.ts';
import type { Call, Reply } from '../rpc/index.ts';
import { toyEdge } from './toy-edge.ts';

const any = jsonSchema<any>({ type: 'object' });
const BROWSED = { maxAgeMs: 5_000, staleWhileMs: 10_000, staleIfErrorMs: 60_000 };
const catalog = contract('catalog', {
  version: 1,
  noun: 'product',
  at: 'products',
  operations: {
    list: query('GET /', {
      ...{ input: any, output: any, access: anyone(), rateLimit: 'none' },
      cache: { ...BROWSED, dropOn: ['updated'] },
    }),
    get: query('GET /{id}', {
      ...{ input: any, output: any, access: anyone(), rateLimit: 'none' },
      cache: { ...BROWSED, dropOn: { updated: 'id' } },
    }),
    mine: query('GET /mine/all', { input: any, output: any, cache: { maxAgeMs: 5_000 } }),
    live: query('GET /live/all', { input: any, output: any, access: anyone() }),
    update: command('PATCH /{id}', { input: any, output: any, access: anyone() }),
  },
  events: { updated: event({ version: 1, key: 'productId', data: any }) },
});

function setting(answer?: (call: Call, number: number) => Reply) {
  const broker = embeddedBroker();
  let number = 0;
  const edge = toyEdge(
    (call) => {
      number += 1;
      const value = { number, of: call.operation };
      return answer?.(call, number) ?? { kind: 'output', value, after: '' };
    },
    { contracts: [catalog], broker },
  );
  const at = (seq: number, epoch = 1) => ({ epoch, seq });
  const happened = (key: string, epoch = 1) => {
    const changed = { type: 'product.updated.v1', partitionkey: key };
    const page = { service: 'catalog', epochs: [], after: at(1), upto: at(2, epoch) };
    broker.publish({ ...page, events: [changed as never] });
  };
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const {
      json,
      headers: seen,
      status,
    } = await edge.ask('GET', `/api/v1/products${path}`, {
      headers,
    });
    return { number: json?.number, status, cache: seen['cache-status'], age: seen.age, seen };
  };
  return { edge, get, happened };
}

const UNAVAILABLE: Reply = {
  kind: 'error',
  error: new OffshootError('UNAVAILABLE', 'away').toJSON(),
};

test('the second read is answered by the edge, and says how old it is', async () => {
  const { get, edge } = setting();
  const first = await get('/7');
  assert.equal(first.cache, 'offshoot; fwd=miss; stored; ttl=5');
  assert.equal(first.age, undefined);
  edge.pass(2_000);
  const second = await get('/7');
  assert.equal(second.number, 1);
  assert.match(second.cache!, /^offshoot; hit; ttl=[23]$/);
  assert.equal(second.age, '2');
  assert.notEqual(second.seen['x-request-id'], first.seen['x-request-id']);
  assert.equal(edge.calls.length, 1);
});

test('an ETag that the client knows is answered from the cache without a body', async () => {
  const { get, edge } = setting();
  const { seen } = await get('/7');
  const again = await get('/7', { 'if-none-match': seen.etag! });
  assert.deepEqual([again.status, again.number, edge.calls.length], [304, undefined, 1]);
});

test('an event drops the answers that it is about, and the others stay', async () => {
  const { get, happened } = setting();
  await get('/7');
  await get('/8');
  await get('');
  happened('7');
  assert.match((await get('/7')).cache!, /fwd=miss/);
  assert.match((await get('/8')).cache!, /hit/);
  assert.match((await get('')).cache!, /fwd=miss/);
});

test('another history of the service drops all of it', async () => {
  const { get, happened } = setting();
  happened('none');
  await get('/8');
  happened('none', 2);
  assert.match((await get('/8')).cache!, /fwd=miss/);
});

test('who writes at this edge reads what he wrote', async () => {
  const { get, edge } = setting();
  await get('/7');
  await edge.ask('PATCH', '/api/v1/products/7', { body: '{}' });
  assert.equal((await get('/7')).number, 3);
});

test('a hundred at once are one call', async () => {
  const { get, edge } = setting();
  const all = await Promise.all(Array.from({ length: 100 }, () => get('/7')));
  assert.equal(edge.calls.length, 1);
  assert.equal(all.filter(({ cache }) => cache === 'offshoot; fwd=miss; collapsed').length, 99);
});

test('answers for principals are kept for each of them alone', async () => {
  const { get, edge } = setting();
  const as = (sub: string, roles: string[] = []) => ({
    authorization: `Bearer ${edge.token({ sub, roles })}`,
  });
  assert.equal((await get('/mine/all', as('ada'))).number, 1);
  assert.equal((await get('/mine/all', as('bob'))).number, 2);
  assert.equal((await get('/mine/all', as('ada'))).number, 1);
  assert.equal((await get('/mine/all', as('ada', ['admin']))).number, 3);
  assert.equal((await get('/mine/all')).status, 401);
});

test('a read that must see a position, a refusal and an undeclared read are never answered by it', async () => {
  const { get, edge } = setting((call) => ({
    ...{ kind: 'output', after: '', value: { number: edge.calls.length } },
    ...(call.input && (call.input as any).id === 'stale' ? { stale: true } : {}),
  }));
  await get('/7');
  const after = await get('/7', { 'offshoot-after': 'catalog=000001.0000000000000042' });
  assert.deepEqual([after.number, after.cache], [2, 'offshoot; fwd=bypass']);
  assert.equal((await get('/live/all')).number, 3);
  assert.equal((await get('/live/all')).number, 4);
  for (const number of [5, 6]) {
    const stale = await get('/stale');
    assert.deepEqual([stale.number, stale.seen['offshoot-stale']], [number, 'true']);
  }
});

test('a stale answer is given while it is replaced, and stands in while the service is away', async () => {
  let isAway = false;
  const { get, edge } = setting((_, number) =>
    isAway ? UNAVAILABLE : { kind: 'output', value: { number }, after: '' },
  );
  await get('/7');
  edge.pass(5_500);
  const stale = await get('/7');
  assert.equal(stale.number, 1);
  assert.match(stale.cache!, /^offshoot; hit; ttl=-\d$/);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await get('/7')).number, 2);
  isAway = true;
  edge.pass(20_000);
  const last = await get('/7');
  assert.match(last.cache!, /^offshoot; fwd=stale; ttl=-1\d; detail=UNAVAILABLE$/);
  assert.deepEqual([last.status, last.number], [200, 2]);
  assert.equal((await get('/9')).status, 503);
});

test('what cannot be cached, and events that nobody declares, are refused where they are written', () => {
  const bad = (operations: any) => () => contract('bad', { version: 1, operations, events: {} });
  const cache = { maxAgeMs: 1 };
  assert.throws(bad({ a: command('POST /', { input: any, output: any, cache }) }), /GET/);
  assert.throws(bad({ a: query('POST /', { input: any, output: any, cache }) }), /GET/);
  const on = { ...cache, dropOn: ['gone'] };
  assert.throws(bad({ a: query('GET /', { input: any, output: any, cache: on }) }), /'gone'/);
});
