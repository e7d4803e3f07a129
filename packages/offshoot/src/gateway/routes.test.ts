import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, contract, jsonSchema, query } from '../contract/index.ts';
import { routes } from './routes.ts';
import { toyOrders } from './toy-edge.ts';

const table = routes([toyOrders]);
const found = (method: string, path: string) => {
  const { route, params } = table.find(method, path);
  return [route.operation.name, route.template, { ...params }];
};

test('an operation is one route under both mounts', () => {
  const expected = ['get', '/api/v1/orders/{orderId}', { orderId: '7' }];
  assert.deepEqual(found('GET', '/api/v1/orders/7'), expected);
  assert.deepEqual(found('GET', '/api/orders/7'), expected);
});

test('a parameter of any length is a parameter: its contract says what is too long', () => {
  const long = 'x'.repeat(8_000);
  assert.deepEqual(found('GET', `/api/v1/orders/${long}`)[2], { orderId: long });
});

test('trap 10: a parameter is decoded once, and an encoded slash stays inside it', () => {
  assert.deepEqual(found('GET', '/api/v1/orders/a%2Fb')[2], { orderId: 'a/b' });
  assert.deepEqual(found('GET', '/api/v1/orders/a%252Fb')[2], { orderId: 'a%2Fb' });
  assert.deepEqual(found('GET', '/api/v1/orders/%2e%2e')[2], { orderId: '..' });
  assert.deepEqual(found('GET', '/api/v1/orders/caf%C3%A9')[2], { orderId: 'café' });
});

test('trap 10: a path that is not literally a route is no route', () => {
  const strangers = [
    '/api/v1/orders/',
    '/api/v1//orders',
    '/api/v1/orders//items',
    '//api/v1/orders',
    '/api/v1/orders/../orders',
    '/api/v1/../v1/orders',
    '/api/v1%2Forders',
    '/api/v1/%6Frders',
    '/api/v1/ORDERS',
    '/api/v1/orders;a=1',
    '/api/v1/orders#x',
    '/api/v2/orders',
    '/api/v1/orders/7/confirmation',
    'http://else.where/api/v1/orders',
    '*',
    '',
    '/',
  ];
  for (const path of strangers)
    assert.throws(() => table.find('GET', path), { code: 'ROUTE_NOT_FOUND' }, path);
});

test('trap 11: a path is its own, not the beginning of another, in whatever order', () => {
  const named = (at: string) => version(1, at);
  for (const contracts of [
    [named('users'), named('users-admin')],
    [named('users-admin'), named('users')],
  ]) {
    const both = routes(contracts);
    const template = (path: string) => both.find('GET', path).route.template;
    assert.equal(template('/api/v1/users-admin'), '/api/v1/users-admin');
    assert.equal(template('/api/v1/users'), '/api/v1/users');
    assert.throws(() => template('/api/v1/users-adm'), { code: 'ROUTE_NOT_FOUND' });
  }
});

test('an operation for other services only is not mounted', () => {
  const path = '/api/v1/orders/7/confirmation';
  assert.throws(() => table.find('POST', path), { code: 'ROUTE_NOT_FOUND' });
});

test('a known path with another method says which methods it has', () => {
  const allow = { code: 'METHOD_NOT_ALLOWED', details: { allow: 'GET, DELETE' } };
  for (const method of ['PUT', 'HEAD', 'OPTIONS', 'TRACE', 'toString'])
    assert.throws(() => table.find(method, '/api/v1/orders/7'), allow, method);
});

test('broken percent-encoding is a bad request', () => {
  for (const path of ['/api/v1/orders/%', '/api/v1/orders/%zz', '/api/v1/orders/%ff'])
    assert.throws(() => table.find('GET', path), { code: 'MALFORMED_REQUEST' }, path);
});

const version = (number: number, at = 'things') =>
  contract('things', {
    version: number,
    at,
    operations: {
      list: query('GET /', { input: jsonSchema({}), output: jsonSchema({}), access: anyone() }),
    },
    events: {},
  });

test('of two versions the older keeps the path without a version', () => {
  const both = routes([version(2), version(1)]);
  const template = (path: string) => both.find('GET', path).route.template;
  assert.equal(template('/api/things'), '/api/v1/things');
  assert.equal(template('/api/v2/things'), '/api/v2/things');
});

test('two operations on one path are refused at the start', () => {
  assert.throws(() => routes([version(1), version(1)]), { code: 'BAD_DEFINITION' });
});
