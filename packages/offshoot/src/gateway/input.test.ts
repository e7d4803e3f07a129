import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toyEdge } from './toy-edge.ts';

const edge = toyEdge();
const authorization = `Bearer ${edge.token()}`;
const post = (body: string | Uint8Array, headers: Record<string, string> = {}) =>
  edge.ask('POST', '/api/v1/orders', { headers: { authorization, ...headers }, body });
const lastInput = () => edge.calls.at(-1)?.input;

test('a JSON body becomes the input, and the path has the last word', async () => {
  await post('{"items":[{"sku":"é"}]}');
  assert.deepEqual(lastInput(), { items: [{ sku: 'é' }] });
  const body = '{"orderId":"theirs","sku":"A"}';
  await edge.ask('POST', '/api/v1/orders/mine/items', { headers: { authorization }, body });
  assert.deepEqual(lastInput(), { orderId: 'mine', sku: 'A' });
});

test('a query becomes the input, a repeated parameter an array', async () => {
  await edge.ask('GET', '/api/v1/orders?status=a&status=b%20c&limit=1+0&status=d&&flag&=x');
  assert.deepEqual(lastInput(), { status: ['a', 'b c', 'd'], limit: '1 0', flag: '', '': 'x' });
});

test('the query of a request with a body, and the body of one without, go nowhere', async () => {
  await edge.ask('POST', '/api/v1/orders?items=1', { headers: { authorization }, body: '{}' });
  assert.deepEqual(lastInput(), {});
  await edge.ask('GET', '/api/v1/orders', { body: '{"status":"x"}' });
  assert.deepEqual(lastInput(), {});
});

test('broken JSON, what is no object and what is no UTF-8 is a malformed body', async () => {
  const broken = ['{', '{"a":1}}', '[]', '"a"', 'null', '7', "{'a':1}", Buffer.from([0x7b, 0xff])];
  for (const body of broken) {
    const answer = await post(body);
    assert.deepEqual([answer.status, answer.json.code], [400, 'MALFORMED_BODY'], String(body));
  }
});

test('a body never reaches a prototype, however it is written', async () => {
  const poisoned = [
    '{"__proto__":{"admin":true}}',
    '{"a":[{"b":{"__proto__":1}}]}',
    '{"\\u005f_proto__":{}}',
    '{"constructor":{"prototype":{"admin":true}}}',
  ];
  for (const body of poisoned) assert.equal((await post(body)).json.code, 'MALFORMED_BODY', body);
  const answer = await edge.ask('GET', '/api/v1/orders?__proto__=1');
  assert.equal(answer.status, 400);
  assert.equal((await post('{"constructor":"Lego"}')).status, 202);
});

test('a body nested without end is malformed, not a crash', async () => {
  const depth = 200_000;
  const body = `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  assert.equal((await post(body)).json.code, 'MALFORMED_BODY');
});

test('another media type, charset or coding is refused', async () => {
  const wrong: Record<string, string>[] = [
    { 'content-type': 'text/plain' },
    { 'content-type': 'application/json-seq' },
    { 'content-type': '' },
    { 'content-type': 'application/json; charset=latin1' },
    { 'content-encoding': 'gzip' },
  ];
  for (const headers of wrong) assert.equal((await post('{}', headers)).status, 415);
  const right = ['application/json; charset=UTF-8', 'Application/JSON', 'application/json;v=1'];
  for (const type of right) assert.equal((await post('{}', { 'content-type': type })).status, 202);
});

test('a query with broken percent-encoding or too many parameters is a bad request', async () => {
  for (const query of ['a=%', 'a=%ff', '%zz=1', 'a&'.repeat(200)]) {
    const answer = await edge.ask('GET', `/api/v1/orders?${query}`);
    assert.deepEqual([answer.status, answer.json.code], [400, 'MALFORMED_REQUEST'], query);
  }
});
