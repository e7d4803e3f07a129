import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { readRunFile } from './client/running-shop.ts';
import { type StartedShop, startedShop } from './started-shop.ts';

let shop: StartedShop;
let url = '';
let ada = '';
let bo = '';
let orderId = '';
let productId = '';

const json = { 'content-type': 'application/json' };
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const address = { name: 'Z', street: 'S 1', city: 'C', postalCode: '1', country: 'A' };

async function send(method: string, path: string, headers: Record<string, string>, body?: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const init = body === undefined ? { method, headers } : { method, headers, body: text };
  const response = await fetch(`${url}/api/v1${path}`, init);
  const answer = await response.text();
  return { status: response.status, type: response.headers.get('content-type') ?? '', answer };
}

async function person(name: string): Promise<string> {
  const who = { email: `${name}@example.test`, password: 'correct horse battery' };
  await send('POST', '/auth/signup', json, { ...who, name });
  const { answer } = await send('POST', '/auth/login', json, who);
  return JSON.parse(answer).accessToken;
}

/** How far every service's log and documents go: what a refused request must not move. */
function stores(): Record<string, number> {
  const found: Record<string, number> = {};
  for (const file of readdirSync(shop.data).filter((name) => name.endsWith('.db'))) {
    if (file.startsWith('keyring') || file.startsWith('provider') || file.startsWith('mailbox'))
      continue;
    const database = new DatabaseSync(join(shop.data, file), { readOnly: true });
    const count = (sql: string) =>
      Number(Object.values(database.prepare(sql).get() ?? { n: 0 })[0]);
    found[file] =
      count('SELECT count(*) FROM log') * 1_000_000 +
      count("SELECT count(*) FROM documents WHERE collection NOT LIKE 'offshoot.%'");
    database.close();
  }
  return found;
}

const order = (over: object = {}) => ({
  items: [{ productId, quantity: 1 }],
  shippingAddress: address,
  payment: { method: 'pm_card_visa' },
  ...over,
});
let keys = 0;
const placing = (token = ada) => ({
  ...json,
  ...bearer(token),
  'idempotency-key': `key-${++keys}`,
});

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = (over: object = {}) => {
  const now = Math.floor(Date.now() / 1_000);
  const whole = {
    sub: 'u',
    iss: 'https://shop.offshoot.dev',
    aud: 'shop',
    iat: now,
    exp: now + 900,
  };
  return part({ ...whole, ...over });
};
const { privateKey } = generateKeyPairSync('ed25519');
const signed = (header: object, body: string) => {
  const head = `${part(header)}.${body}`;
  return `${head}.${sign(null, Buffer.from(head), privateKey).toString('base64url')}`;
};
const headerOf = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString());

describe('hostile input', { concurrency: false }, () => {
  before(async () => {
    shop = await startedShop();
    url = readRunFile(shop.data)?.shop.url ?? '';
    ada = await person('ada');
    bo = await person('bo');
    const { answer } = await send('GET', '/products?limit=1', {});
    productId = JSON.parse(answer).items[0].id;
    const placed = await send(
      'POST',
      '/orders',
      { ...placing(), 'idempotency-key': 'first' },
      order(),
    );
    orderId = JSON.parse(placed.answer).orderId;
    // Once it is shipped nothing moves by itself any more.
    for (let look = 0; look < 400; look += 1) {
      const seen = await send('GET', `/orders/${orderId}`, bearer(ada));
      if (JSON.parse(seen.answer).status === 'shipped') break;
      await sleep(25);
    }
  });
  after(() => shop.stop());

  /** Sends, and expects a problem with this status and code, and no trace of it in any store. */
  async function refused(
    status: number,
    code: string,
    ...request: Parameters<typeof send>
  ): Promise<any> {
    const before = stores();
    const { status: actual, type, answer } = await send(...request);
    assert.equal(actual, status, answer);
    assert.equal(type, 'application/problem+json');
    const problem = JSON.parse(answer);
    assert.equal(problem.code, code);
    assert.equal(problem.type, `https://offshoot.dev/errors/${code}`);
    assert.doesNotMatch(answer, /node_modules|\.ts:|at \w+ \(/);
    const after = stores();
    for (const file of ['orders.db', 'payments.db']) assert.equal(after[file], before[file], file);
    return problem;
  }

  const INVALID: readonly [string, () => object][] = [
    ['a quantity of 0', () => order({ items: [{ productId, quantity: 0 }] })],
    ['a quantity of 1e9', () => order({ items: [{ productId, quantity: 1e9 }] })],
    ['a quantity of 1.5', () => order({ items: [{ productId, quantity: 1.5 }] })],
    ['a quantity that is text', () => order({ items: [{ productId, quantity: '1' }] })],
    ['no items', () => order({ items: [] })],
    ['101 items', () => order({ items: Array(101).fill({ productId, quantity: 1 }) })],
    ['no address', () => order({ shippingAddress: undefined })],
    ['an address that is text', () => order({ shippingAddress: 'here' })],
    ['a card number for a method', () => order({ payment: { method: '4242424242424242' } })],
    ['a field that nobody asked for', () => order({ discount: 100 })],
  ];
  for (const [what, body] of INVALID) {
    test(`an order with ${what} is 422 and names the field`, async () => {
      const problem = await refused(422, 'VALIDATION_FAILED', 'POST', '/orders', placing(), body());
      assert.match(problem.errors[0].pointer, /^#/);
    });
  }

  test('an unknown product is 404', async () => {
    const body = order({ items: [{ productId: 'nothing', quantity: 1 }] });
    await refused(404, 'PRODUCT_NOT_FOUND', 'POST', '/orders', placing(), body);
    await refused(404, 'PRODUCT_NOT_FOUND', 'GET', '/products/nothing', {});
  });

  test('an order without an Idempotency-Key is 400', async () => {
    const headers = { ...json, ...bearer(ada) };
    await refused(400, 'IDEMPOTENCY_KEY_REQUIRED', 'POST', '/orders', headers, order());
  });

  test('the same Idempotency-Key with another body is 422; with the same body, the same answer', async () => {
    const headers = { ...placing(), 'idempotency-key': 'first' };
    const other = order({ items: [{ productId, quantity: 2 }] });
    await refused(422, 'IDEMPOTENCY_KEY_REUSED', 'POST', '/orders', headers, other);
    const again = await send('POST', '/orders', headers, order());
    assert.equal(again.status, 202);
    assert.equal(JSON.parse(again.answer).orderId, orderId);
  });

  test("someone else's order does not exist for me", async () => {
    await refused(404, 'ORDER_NOT_FOUND', 'GET', `/orders/${orderId}`, bearer(bo));
  });

  test('no token, an expired one, a forged one and an unsigned one are 401', async () => {
    const { kid } = headerOf(ada);
    const past = Math.floor(Date.now() / 1_000) - 3_600;
    const secret = createHmac('sha256', 'x');
    const tokens = [
      signed({ alg: 'EdDSA', typ: 'at+jwt', kid }, claims()),
      signed({ alg: 'EdDSA', typ: 'at+jwt', kid: 'mine' }, claims()),
      signed({ alg: 'EdDSA', typ: 'at+jwt', kid }, claims({ iat: past - 900, exp: past })),
      `${part({ alg: 'none', typ: 'at+jwt', kid })}.${claims()}.`,
      `${part({ alg: 'HS256', typ: 'at+jwt', kid })}.${claims()}.${secret.digest('base64url')}`,
      ada.slice(0, -4),
      `${ada}x`,
      'nonsense',
    ];
    await refused(401, 'UNAUTHENTICATED', 'GET', `/orders/${orderId}`, {});
    for (const token of tokens)
      await refused(401, 'UNAUTHENTICATED', 'GET', `/orders/${orderId}`, bearer(token));
  });

  test('2 MB of body are 413', async () => {
    const body = JSON.stringify(
      order({ items: [{ productId, quantity: 1 }], x: 'x'.repeat(2 << 20) }),
    );
    await refused(413, 'BODY_TOO_LARGE', 'POST', '/orders', placing(), body);
  });

  test('broken JSON, no object, and keys that reach for a prototype are 400', async () => {
    for (const body of [
      '{"items":',
      '[]',
      'null',
      '"text"',
      '{"__proto__":{"x":1},"items":[]}',
      '{"constructor":{"prototype":{}}}',
    ])
      await refused(400, 'MALFORMED_BODY', 'POST', '/orders', placing(), body);
  });

  test('another media type is 415, an unknown path 404, another method 405', async () => {
    const headers = { ...placing(), 'content-type': 'text/plain' };
    await refused(415, 'UNSUPPORTED_MEDIA_TYPE', 'POST', '/orders', headers, order());
    await refused(404, 'ROUTE_NOT_FOUND', 'GET', '/nowhere', {});
    await refused(405, 'METHOD_NOT_ALLOWED', 'DELETE', '/products', {});
  });

  test('operations between services have no path at the edge', async () => {
    const body = { orderId, lines: [{ sku: 'KIT-PAN-0001', quantity: 1 }] };
    await refused(404, 'ROUTE_NOT_FOUND', 'POST', '/inventory/reservations', placing(), body);
    await refused(404, 'ROUTE_NOT_FOUND', 'POST', '/payments/authorisations', placing(), body);
  });

  test('a sign-up with a bad e-mail or a short password names the field, a second one is 409', async () => {
    const good = { email: 'cy@example.test', password: 'correct horse', name: 'Cy' };
    const bad = await refused(422, 'VALIDATION_FAILED', 'POST', '/auth/signup', json, {
      ...good,
      email: 'cy',
    });
    assert.equal(bad.errors[0].pointer, '#/email');
    const short = await refused(422, 'VALIDATION_FAILED', 'POST', '/auth/signup', json, {
      ...good,
      password: '1234567',
    });
    assert.equal(short.errors[0].pointer, '#/password');
    const taken = { email: 'ADA@example.test', password: 'correct horse', name: 'A' };
    await refused(409, 'EMAIL_TAKEN', 'POST', '/auth/signup', json, taken);
    const wrong = { email: 'ada@example.test', password: 'wrong' };
    await refused(401, 'UNAUTHENTICATED', 'POST', '/auth/login', json, wrong);
  });
});
