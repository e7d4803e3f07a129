import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, fromService, role } from './access.ts';
import { contract } from './contract.ts';
import { jsonSchema } from './json-schema.ts';
import { openapi } from './openapi.ts';
import { command, query, refusal } from './operation.ts';

const text = { type: 'string' };
const form = (properties: Record<string, unknown>, required: string[] = [], more = {}) =>
  jsonSchema<any>({ type: 'object', properties, required, ...more });

const tree = form({ children: { type: 'array', items: { $ref: '#' } } });
const orders = contract('orders', {
  version: 1,
  operations: {
    place: command('POST /', {
      summary: 'Places an order',
      input: form({ items: { type: 'array', items: { $ref: '#/$defs/Line' } } }, ['items'], {
        $defs: {
          Line: { type: 'object', properties: { sku: text, of: { $ref: '#/$defs/Line' } } },
        },
      }),
      output: form({ orderId: text }),
      refusals: { OUT_OF_STOCK: refusal(409, form({ sku: text })), GONE: refusal(404) },
      status: 202,
      location: '/api/v1/orders/{orderId}',
      idempotencyKey: 'required',
    }),
    list: query('GET /', {
      input: form({ limit: text, after: text }, ['limit']),
      output: tree,
      access: anyone(),
    }),
    addItem: command('POST /{orderId}/items/{sku}', {
      input: form({ orderId: text, sku: text, quantity: { type: 'integer' } }, [
        'orderId',
        'quantity',
      ]),
      output: form({}),
      access: role('admin', 'clerk'),
    }),
    cancel: command('POST /{orderId}/cancellation', {
      input: form({ orderId: text }, ['orderId']),
      output: form({}),
      status: 204,
    }),
    pay: command('POST /{orderId}/payment', {
      input: form({ orderId: text }),
      output: form({}),
      asksOutside: true,
      rateLimit: 'none',
    }),
    today: query('GET /today', { input: form({}), output: form({}) }),
    seen: query('GET /seen/{orderId}', { input: form({ orderId: text }), output: form({}) }),
    near: query('GET /near/{orderId}', {
      input: form({ orderId: { ...text, maxLength: 9 } }),
      output: form({}),
    }),
    confirm: command('POST /{orderId}/confirmation', {
      input: form({}),
      output: form({}),
      access: fromService('saga'),
    }),
  },
  events: {},
});
const catalog = contract('catalog', {
  version: 2,
  at: 'products',
  operations: { get: query('GET /{id}', { input: form({ id: text }), output: form({}) }) },
  events: {},
});
const info = { title: 'The shop', version: '1.0.0', server: 'https://shop.example' };
const document = openapi([orders, catalog], info) as any;

function references(value: unknown, found: string[] = []): string[] {
  if (typeof value !== 'object' || value === null) return found;
  for (const [name, inner] of Object.entries(value))
    if (name === '$ref') found.push(String(inner));
    else references(inner, found);
  return found;
}

const resolve = (reference: string) =>
  reference
    .slice(2)
    .split('/')
    .reduce((at: any, name) => at?.[name], document);

const operations: [string, any][] = Object.entries<any>(document.paths).flatMap(([path, item]) =>
  Object.values<any>(item).map((operation): [string, any] => [path, operation]),
);

test('every reference leads somewhere', () => {
  const all = references(document);
  assert.ok(all.length > 10);
  for (const one of all) assert.ok(one.startsWith('#/components/') && resolve(one), one);
});

test('operation ids are unique and every path parameter is declared', () => {
  const ids = operations.map(([, operation]) => operation.operationId);
  assert.deepEqual(ids.toSorted(), [
    'catalog.get',
    'orders.addItem',
    'orders.cancel',
    'orders.list',
    'orders.near',
    'orders.pay',
    'orders.place',
    'orders.seen',
    'orders.today',
  ]);
  for (const [path, { parameters }] of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    const declared = parameters.filter((one: any) => one.in === 'path');
    assert.deepEqual(
      declared.map((one: any) => one.name),
      inPath,
    );
    assert.ok(declared.every((one: any) => one.required && one.schema));
  }
});

test('paths are those of the edge with their version, and services-only operations are absent', () => {
  assert.deepEqual(Object.keys(document.paths), [
    '/api/v1/orders',
    '/api/v1/orders/near/{orderId}',
    '/api/v1/orders/seen/{orderId}',
    '/api/v1/orders/today',
    '/api/v1/orders/{orderId}/cancellation',
    '/api/v1/orders/{orderId}/items/{sku}',
    '/api/v1/orders/{orderId}/payment',
    '/api/v2/products/{id}',
  ]);
});

test('a body is the input without the fields of the path', () => {
  const add = document.paths['/api/v1/orders/{orderId}/items/{sku}'].post.requestBody;
  const { schema } = add.content['application/json'];
  assert.deepEqual([Object.keys(schema.properties), schema.required], [['quantity'], ['quantity']]);
  assert.equal(document.paths['/api/v1/orders/{orderId}/cancellation'].post.requestBody, undefined);
});

test('a query declares its parameters and which are needed', () => {
  const { parameters } = document.paths['/api/v1/orders'].get;
  const seen = parameters.map((one: any) => [one.name, one.in, one.required]);
  assert.deepEqual(seen, [
    ['limit', 'query', true],
    ['after', 'query', false],
    ['If-None-Match', 'header', false],
  ]);
});

test('a command takes an Idempotency-Key, and needs it where the contract says so', () => {
  const key = (path: string) =>
    document.paths[path].post.parameters.find((one: any) => one.name === 'Idempotency-Key');
  assert.equal(key('/api/v1/orders').required, true);
  assert.equal(key('/api/v1/orders/{orderId}/cancellation').required, false);
});

test('responses are the success, each refusal and the problems that apply', () => {
  const { responses, security } = document.paths['/api/v1/orders'].post;
  const statuses = [
    '202',
    '400',
    '401',
    '404',
    '409',
    '413',
    '415',
    '422',
    '429',
    '431',
    '500',
    '502',
    '503',
    '504',
  ];
  assert.deepEqual(Object.keys(responses), statuses);
  assert.ok(responses['202'].headers.Location);
  assert.equal(responses['409'].description, 'OUT_OF_STOCK');
  for (const status of statuses.slice(1))
    assert.ok(responses[status].content['application/problem+json'], status);
  assert.deepEqual(security, [{ bearer: [] }]);
  const add = document.paths['/api/v1/orders/{orderId}/items/{sku}'].post;
  assert.ok(add.responses['403']);
  assert.match(add.description, /admin, clerk/);
  assert.deepEqual(document.paths['/api/v1/orders'].get.security, []);
});

test('a status that no answer can have is not listed', () => {
  const statuses = (path: string, method = 'get') =>
    Object.keys(document.paths[path][method].responses);
  // Nothing is asked that could be asked wrongly: no fields, or any text in the path.
  assert.ok(!statuses('/api/v1/orders/today').includes('422'));
  assert.ok(!statuses('/api/v1/orders/seen/{orderId}').includes('422'));
  assert.ok(statuses('/api/v1/orders/near/{orderId}').includes('422'));
  assert.ok(statuses('/api/v1/orders').includes('422'));
  // Lost races run again inside; a key can be in flight only where somebody outside is asked.
  assert.ok(!statuses('/api/v1/orders/{orderId}/cancellation', 'post').includes('409'));
  const paid = document.paths['/api/v1/orders/{orderId}/payment'].post.responses;
  assert.equal(paid['409'].description, 'OUTCOME_PENDING');
  assert.equal(paid['429'], undefined, 'nobody counts');
});

test('the same contracts give the same document in any order', () => {
  assert.equal(JSON.stringify(openapi([catalog, orders], info)), JSON.stringify(document));
});
