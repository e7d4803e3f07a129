// Does the judge find each thing that can be wrong with an answer, and nothing where nothing is?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openapi } from 'offshoot/contract';
import { gateway } from '../../edge/gateway.ts';
import { judge } from './judge.ts';
import { NOBODY } from './person.ts';
import { type Answer, type Draft, drafted } from './request.ts';
import { surfaceOf } from './surface.ts';

const document = openapi(gateway.contracts, { title: 'The shop', version: '1' });
const surface = surfaceOf(JSON.parse(JSON.stringify(document)));
const verdict = judge(surface);

const ID = 'fuzz-1-q';
const ORDER = { orderId: 'o-1', status: 'pending' };
const as = (name: string, more: object) => ({ ...NOBODY, name, ...more });
const customer = as('customer', { authorization: 'Bearer x', isLive: true });

const asking = (id: string, more: Partial<Draft> = {}): Draft => ({
  ...drafted(surface.named(id), customer, { id: 'p-1', orderId: 'o-1', sku: 'KIT-1' }, ID),
  ...more,
});
const answer = (status: number, body: unknown, more: Record<string, string> = {}): Answer => ({
  status,
  headers: { 'x-request-id': ID, 'content-type': 'application/json', ...more },
  text: typeof body === 'string' ? body : JSON.stringify(body),
});
const problem = (status: number, code: string, more: object = {}, headers = {}): Answer => {
  const type = `https://offshoot.dev/errors/${code}`;
  const body = { type, title: code, status, code, retryable: false, ...more };
  return answer(status, body, { 'content-type': 'application/problem+json', ...headers });
};
const placed = answer(202, ORDER, { location: '/api/v1/orders/o-1' });

const complaints = (draft: Draft, said: Answer) => verdict(draft, said).complaints;

describe('a good answer', () => {
  const good: readonly [string, Draft, Answer][] = [
    ['a result', asking('orders.place'), placed],
    ['a refusal', asking('orders.get'), problem(404, 'ORDER_NOT_FOUND')],
    [
      'a refusal with data',
      asking('catalog.get'),
      problem(404, 'PRODUCT_NOT_FOUND', { data: { productId: 'p-1' } }),
    ],
    [
      'nobody let in',
      asking('orders.get'),
      problem(401, 'UNAUTHENTICATED', {}, { 'www-authenticate': 'Bearer' }),
    ],
    ['nothing new', asking('orders.get'), { ...answer(304, '', { etag: '"1"' }) }],
    ['nothing to say', asking('identity.logout'), answer(204, '')],
    [
      'another path',
      asking('orders.get', { isOdd: true, target: '/nowhere' }),
      problem(404, 'ROUTE_NOT_FOUND'),
    ],
    [
      'another method',
      asking('orders.get', { isOdd: true, method: 'PUT' }),
      problem(405, 'METHOD_NOT_ALLOWED', {}, { allow: 'GET' }),
    ],
    ['a path without a version', asking('orders.place', { target: '/api/orders' }), placed],
  ];
  for (const [what, draft, said] of good)
    test(`is taken: ${what}`, () => assert.deepEqual(complaints(draft, said), []));
});

describe('the judge complains of', () => {
  const without = (header: string, { headers, ...said }: Answer): Answer => ({
    ...said,
    headers: { ...headers, [header]: undefined },
  });
  const place = asking('orders.place');
  const wrong: readonly [string, Draft, Answer, RegExp][] = [
    [
      'nobody in a closed operation',
      asking('orders.place', { who: NOBODY }),
      placed,
      /nobody was let in/,
    ],
    [
      'a token that is none, even where anybody may come in',
      asking('identity.logout', { who: as('an expired token', { authorization: 'Bearer x' }) }),
      answer(204, ''),
      /an expired token was let in/,
    ],
    [
      'a customer who does what needs a role',
      asking('shipping.deliver'),
      answer(200, { orderId: 'o-1', status: 'delivered' }),
      /customer was let in/,
    ],
    ['a 500', place, problem(500, 'INTERNAL_ERROR'), /a 500/],
    ['a documented 503', place, problem(503, 'UNAVAILABLE'), /a 503/],
    ['no answer', place, { status: 0, headers: {}, text: 'gone' }, /no answer: gone/],
    ['a status that is not documented', place, answer(200, ORDER), /documented nowhere/],
    ['an empty status of somebody else', place, answer(417, ''), /417 {2}is documented nowhere/],
    [
      'a code that is not documented there',
      asking('orders.get'),
      problem(404, 'PRODUCT_NOT_FOUND'),
      /PRODUCT_NOT_FOUND is not documented at 404/,
    ],
    [
      'a path that is not found though it is documented',
      asking('orders.get'),
      problem(404, 'ROUTE_NOT_FOUND'),
      /ROUTE_NOT_FOUND is not documented/,
    ],
    [
      'a result at a path that is not documented',
      asking('orders.get', { isOdd: true, target: '/api/v1/secrets' }),
      answer(200, {}),
      /documented nowhere/,
    ],
    [
      'a field too few',
      place,
      answer(202, { orderId: 'o-1' }, { location: '/' }),
      /off its schema.*status/,
    ],
    [
      'a field too many',
      place,
      answer(202, { ...ORDER, customerId: 'c-1' }, { location: '/' }),
      /off its schema/,
    ],
    [
      'a wrong type',
      place,
      answer(202, { ...ORDER, status: 'lost' }, { location: '/' }),
      /off its schema/,
    ],
    [
      'a refusal without its data',
      asking('catalog.get'),
      problem(404, 'PRODUCT_NOT_FOUND'),
      /off its schema/,
    ],
    ['half a body', place, answer(202, '{"orderId"', { location: '/' }), /no JSON/],
    [
      'a body where there is none',
      asking('identity.logout'),
      answer(204, '{}'),
      /none is documented/,
    ],
    [
      'another media type',
      place,
      answer(202, ORDER, { location: '/', 'content-type': 'text/html' }),
      /text\/html is not application\/json/,
    ],
    [
      'a problem that is no problem+json',
      asking('orders.get'),
      { ...problem(404, 'ORDER_NOT_FOUND'), headers: answer(404, '').headers },
      /is not application\/problem\+json/,
    ],
    [
      'a status that the body does not tell',
      asking('orders.get'),
      problem(404, 'ORDER_NOT_FOUND', { status: 400 }),
      /its body says 400/,
    ],
    [
      'a type that is not that of its code',
      asking('orders.get'),
      problem(404, 'ORDER_NOT_FOUND', { type: 'about:blank' }),
      /about:blank is not the type/,
    ],
    ['no Location', place, without('location', placed), /no location/],
    ['no ETag', asking('orders.get'), answer(304, ''), /no etag/],
    ['no challenge', asking('orders.get'), problem(401, 'UNAUTHENTICATED'), /no www-authenticate/],
    ['no Retry-After', place, problem(429, 'RATE_LIMITED'), /no retry-after/],
    ['no request id', place, without('x-request-id', placed), /x-request-id/],
    [
      'the request id of somebody else',
      place,
      { ...placed, headers: { ...placed.headers, 'x-request-id': 'fuzz-2-q' } },
      /x-request-id/,
    ],
    [
      'a stack trace',
      asking('orders.get'),
      problem(404, 'ORDER_NOT_FOUND', { detail: 'at readOrder (/srv/shop/read-order.ts:31:7)' }),
      /where the code is/,
    ],
  ];
  for (const [what, draft, said, expected] of wrong)
    test(what, () => assert.match(complaints(draft, said).join('; '), expected));
});

describe('a handler was reached', () => {
  const isHandled = (id: string, said: Answer) => verdict(asking(id), said).isHandled;
  test('by a result, by nothing new, and by a refusal that only it can give', () => {
    assert.ok(isHandled('orders.place', placed));
    assert.ok(isHandled('orders.get', answer(304, '', { etag: '"1"' })));
    assert.ok(isHandled('orders.get', problem(404, 'ORDER_NOT_FOUND')));
  });
  test('not by a repeat, by what the toolkit says too, nor by what is never said', () => {
    const repeated = { ...placed.headers, 'idempotent-replayed': 'true' };
    assert.ok(!isHandled('orders.place', { ...placed, headers: repeated }));
    assert.ok(!isHandled('orders.list', problem(403, 'FORBIDDEN')));
    assert.ok(!isHandled('identity.login', problem(401, 'UNAUTHENTICATED')));
    assert.ok(!isHandled('orders.place', problem(422, 'VALIDATION_FAILED')));
    assert.ok(!isHandled('orders.get', problem(404, 'PRODUCT_NOT_FOUND')));
  });
});
