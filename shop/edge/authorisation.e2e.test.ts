// May everybody do in the shop what the contracts say, and nobody anything else?
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { jsonForm } from 'offshoot/contract';
import { host, type RunningHost, topology } from 'offshoot/host';
import type { Reply, Transport } from 'offshoot/rpc';
import { nodeRuntime } from 'offshoot/runtime/node';
import { newTraceparent } from 'offshoot/telemetry';
import { authorisationMatrix, type MatrixCell, withoutAccess } from 'offshoot/testing';
import { type Form, sampleOf } from '../bad-input/sample.ts';
import { CONTRACTS } from '../contracts/index.ts';
import { monolith } from '../topologies/monolith.ts';

/** KEY_ROTATIONS=100 is the full figure, of ten minutes. */
const ROTATIONS = Number(process.env.KEY_ROTATIONS ?? 2);
const MATRIX = authorisationMatrix(CONTRACTS);
const ADMIN = 'admin@example.test';
const PATIENCE_MS = 10_000;
const runtime = nodeRuntime();

/**
 * What an operation that is for everybody signed in is about. Whoever adds one says it here, and a
 * new one that is not here fails the build.
 */
const ABOUT: Readonly<Record<string, 'the caller' | 'whose it is' | 'staff'>> = {
  'users.me': 'the caller',
  'users.get': 'whose it is',
  'users.list': 'staff',
  'users.update': 'the caller',
  'users.erase': 'whose it is',
  'orders.place': 'the caller',
  'orders.list': 'the caller',
  'orders.statistics': 'the caller',
  'orders.get': 'whose it is',
  'orders.cancel': 'whose it is',
  'shipping.get': 'whose it is',
  'notifications.list': 'the caller',
  'recommendations.forUser': 'the caller',
};

/** Where a service itself is stricter than its contract: services order nothing. */
const isStricter = ({ name, principal }: MatrixCell) =>
  name === 'orders.place' && principal.kind === 'service';

let folder: string;
let shop: RunningHost;
let transport: Transport;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'offshoot-matrix-'));
  shop = await host({
    topology: topology({
      ...monolith,
      limits: { factor: 1_000 },
      async seed(inside) {
        transport = inside.transport;
        await monolith.seed?.(inside);
      },
    }),
    environment: {
      OFFSHOOT_DATA: folder,
      OFFSHOOT_ADMIN_EMAIL: ADMIN,
      LOG_LEVEL: 'error',
      PORT: '0',
      PROVIDER_URL: 'http://127.0.0.1:1',
      SMTP_URL: 'smtp://127.0.0.1:1',
    },
  });
  // Before the matrix, where a service may appoint somebody else.
  const administrator = { email: ADMIN, password, name: 'Admin' };
  assert.equal((await send('POST', '/auth/signup', undefined, administrator)).status, 201);
});

after(async () => {
  await shop?.drain();
  rmSync(folder, { recursive: true, force: true });
});

/** Asked inside, past the edge: what the service itself decides. */
function asked({ operation, principal, name }: MatrixCell): Promise<Reply> {
  const ids = runtime.id();
  const times = { deadlineMs: 5_000, traceparent: newTraceparent(runtime) };
  return transport({
    ...{ service: operation.service, operation: operation.name, principal },
    input: sampleOf(jsonForm(operation.input, 'input', name) as Form),
    headers: { ...times, correlationId: ids, causationId: ids, idempotencyKey: ids },
  });
}

const codeOf = (reply: Reply): string =>
  reply.kind === 'output' ? 'output' : reply.kind === 'refusal' ? reply.code : reply.error.code;

/** Whether it was let in: what comes then (not found, out of stock) is another matter. */
const verdictOf = (reply: Reply) => {
  const isNo = reply.kind === 'error' && /^(UNAUTHENTICATED|FORBIDDEN)$/.test(reply.error.code);
  return isNo ? reply.error.code : 'admitted';
};

describe('the authorisation matrix', () => {
  test('has every operation with every kind of principal', () => {
    const operations = CONTRACTS.flatMap((one) => Object.values(one.operations));
    const kinds = new Set(MATRIX.map(({ who }) => who));
    assert.equal(MATRIX.length, operations.length * kinds.size);
    for (const who of ['anonymous', 'user', 'user:admin', 'user:carrier', 'service:stranger'])
      assert.ok(kinds.has(who), who);
  });

  test('every operation says who may call it', () => {
    assert.deepEqual(withoutAccess(CONTRACTS), []);
  });

  test('every operation for all who are signed in says what it is about', () => {
    const open = MATRIX.filter(({ operation }) => operation.access.kind === 'authenticated');
    assert.deepEqual([...new Set(open.map(({ name }) => name))], Object.keys(ABOUT));
  });

  test('inside, every service admits whom its contract names, and nobody else', async (t) => {
    const leaks: string[] = [];
    const wrong: string[] = [];
    for (const cell of MATRIX) {
      const isWrite = cell.operation.kind === 'command' && cell.expected === 'admitted';
      if (isWrite && cell.operation.access.kind === 'anyone') continue; // nobody to keep out
      const reply = await asked(cell);
      const verdict = verdictOf(reply);
      if (verdict === cell.expected || (verdict === 'FORBIDDEN' && isStricter(cell))) continue;
      const line = `${cell.name} as ${cell.who}: ${codeOf(reply)}, not ${cell.expected}`;
      (verdict === 'admitted' ? leaks : wrong).push(line);
    }
    t.diagnostic(JSON.stringify({ cells: MATRIX.length, leaks: leaks.length }));
    assert.deepEqual(leaks, []);
    assert.deepEqual(wrong, []);
  });
});

interface Person {
  readonly email: string;
  readonly name: string;
  readonly userId: string;
  token: string;
}

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: any;
}

async function send(method: string, path: string, token?: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(`${shop.url}/api/v1${path}`, {
    method,
    headers: {
      ...(token ? { authorization: `Bearer ${token}` } : {}),
      ...(body ? { 'content-type': 'application/json' } : {}),
      'idempotency-key': runtime.id(),
      'if-match': '*',
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await answer.text();
  return { status: answer.status, text, json: text === '' ? undefined : JSON.parse(text) };
}

async function until(what: () => Promise<boolean>, why: string): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; !(await what()); await sleep(20))
    assert.ok(Date.now() < end, why);
}

const ADDRESS = {
  ...{ name: 'Ada Byron', street: '1 High St', city: 'London', postalCode: 'N1', country: 'GB' },
};
const password = randomBytes(9).toString('hex');

async function person(email: string): Promise<Person> {
  const name = `Name ${randomBytes(6).toString('hex')}`;
  const { json } = await send('POST', '/auth/signup', undefined, { email, password, name });
  const login = await send('POST', '/auth/login', undefined, { email, password });
  return { email, name, userId: json.userId, token: login.json.accessToken };
}

describe('what belongs to somebody', () => {
  let ada: Person;
  let bob: Person;
  let admin: Person;
  let orderId: string;

  before(async () => {
    [ada, bob, admin] = (await Promise.all(
      ['ada@example.test', 'bob@example.test', ADMIN].map(person),
    )) as [Person, Person, Person];
    const known = async ({ token }: Person) =>
      (await send('GET', '/users/me', token)).status === 200;
    for (const one of [ada, bob, admin])
      await until(() => known(one), `${one.email} has no profile`);
    const { json } = await send('GET', '/products?limit=1');
    const [product] = json.items;
    const order = {
      items: [{ productId: product.productId ?? product.id, quantity: 1 }],
      shippingAddress: ADDRESS,
      payment: { method: 'pm_card_visa' },
    };
    const placed = await send('POST', '/orders', ada.token, order);
    assert.equal(placed.status, 202, placed.text);
    orderId = placed.json.orderId;
  });

  test('nobody else sees, changes or learns of it', async () => {
    const paths: readonly (readonly [string, string, string])[] = [
      ['users.get', 'GET', `/users/${ada.userId}`],
      ['users.erase', 'DELETE', `/users/${ada.userId}`],
      ['orders.get', 'GET', `/orders/${orderId}`],
      ['orders.cancel', 'POST', `/orders/${orderId}/cancel`],
      ['shipping.get', 'GET', `/shipping/${orderId}`],
    ];
    const owned = Object.keys(ABOUT).filter((name) => ABOUT[name] === 'whose it is');
    assert.deepEqual(paths.map(([name]) => name).sort(), owned.sort());
    for (const [name, method, path] of paths) {
      const body = method === 'POST' ? {} : undefined;
      const { status, text } = await send(method, path, bob.token, body);
      assert.ok(status === 404 || status === 403, `${name}: ${status} ${text}`);
      for (const secret of [ada.email, ada.name, 'High St', 'pending'])
        assert.ok(!text.includes(secret), `${name} tells ${secret}`);
      assert.equal((await send(method, path, undefined, body)).status, 401, name);
    }
    assert.equal((await send('GET', `/users/${ada.userId}`, ada.token)).status, 200);
    assert.equal((await send('GET', `/orders/${orderId}`, ada.token)).status, 200);
    assert.equal((await send('GET', `/users/${ada.userId}`, admin.token)).json.email, ada.email);
  });

  test('a list has what is the caller’s alone, and the list of everybody is for staff', async () => {
    for (const path of [
      '/users/me',
      '/orders',
      '/orders/statistics',
      '/notifications',
      '/recommendations',
    ]) {
      const { status, text } = await send('GET', path, bob.token);
      assert.equal(status, 200, `${path}: ${text}`);
      for (const secret of [ada.email, ada.name, ada.userId, orderId])
        assert.ok(!text.includes(secret), `${path} tells ${secret}`);
    }
    assert.equal((await send('GET', '/users', bob.token)).status, 403);
    assert.equal((await send('GET', '/users', admin.token)).status, 200);
  });

  test('a logout ends the access tokens of its session within 5 seconds, and no others', async () => {
    const { email } = bob;
    const { json } = await send('POST', '/auth/login', undefined, { email, password });
    assert.equal((await send('GET', '/users/me', json.accessToken)).status, 200);
    const { refreshToken } = json;
    await send('POST', '/auth/logout', undefined, { refreshToken });
    const begun = Date.now();
    const isOver = async () => (await send('GET', '/users/me', json.accessToken)).status === 401;
    await until(isOver, 'the session goes on');
    assert.ok(Date.now() - begun < 5_000);
    assert.equal((await send('GET', '/users/me', bob.token)).status, 200);
  });

  test('a refresh token that comes twice ends its family, access tokens too', async () => {
    const { email } = bob;
    const login = await send('POST', '/auth/login', undefined, { email, password });
    const { refreshToken } = login.json;
    const next = await send('POST', '/auth/refresh', undefined, { refreshToken });
    assert.equal(next.status, 200);
    assert.equal((await send('POST', '/auth/refresh', undefined, { refreshToken })).status, 401);
    const later = { refreshToken: next.json.refreshToken };
    assert.equal((await send('POST', '/auth/refresh', undefined, later)).status, 401);
    const isOver = async () =>
      (await send('GET', '/users/me', next.json.accessToken)).status === 401;
    await until(isOver, 'the session goes on');
  });

  test('a person who is blocked looks, and orders nothing', async () => {
    const blocked = await send('POST', `/users/${bob.userId}/block`, admin.token, {});
    assert.equal(blocked.status, 200, blocked.text);
    const { json } = await send('GET', '/products?limit=1');
    const items = [{ productId: json.items[0].productId ?? json.items[0].id, quantity: 1 }];
    const order = { items, shippingAddress: ADDRESS, payment: { method: 'pm_card_visa' } };
    const isRefused = async () => {
      const { status, json: said } = await send('POST', '/orders', bob.token, order);
      return status === 403 && said.code === 'USER_BLOCKED';
    };
    await until(isRefused, 'a blocked person orders');
    assert.equal((await send('GET', '/orders', bob.token)).status, 200);
  });

  test('keys take turns under load, and a withdrawn one takes its tokens with it', async (t) => {
    const login = async ({ email }: Person) =>
      (await send('POST', '/auth/login', undefined, { email, password })).json.accessToken;
    const asAdmin = (body: object) => send('POST', '/auth/keys', admin.token, body);
    const kidOf = (token: string) =>
      JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid;
    const tokens = [ada.token];
    const kids = new Set([kidOf(ada.token)]);
    let sent = 0;
    for (let turn = 0; turn < ROTATIONS; turn += 1) {
      assert.equal((await asAdmin({ afterSeconds: 5 })).status, 200);
      const before = kidOf(tokens.at(-1)!);
      for (const end = Date.now() + 30_000; kidOf(tokens.at(-1)!) === before; await sleep(100)) {
        assert.ok(Date.now() < end, 'the next key does not sign');
        tokens.push(await login(ada));
        // Of the last key and of this one: none is refused while it lives.
        for (const token of [tokens.at(-20) ?? tokens[0]!, tokens.at(-1)!]) {
          assert.equal((await send('GET', '/users/me', token)).status, 200);
          sent += 1;
        }
      }
      kids.add(kidOf(tokens.at(-1)!));
    }
    assert.equal(kids.size, ROTATIONS + 1);
    t.diagnostic(JSON.stringify({ rotations: ROTATIONS, requests: sent, refused: 0 }));
    const withdrawal = MATRIX.find(
      ({ name, who }) => name === 'identity.withdraw' && who === 'service:identity',
    )!;
    assert.equal(codeOf(await asked(withdrawal)), 'output');
    const isOver = async () => (await send('GET', '/users/me', ada.token)).status === 401;
    await until(isOver, 'a token of a withdrawn key is believed');
    ada.token = await login(ada);
    const isBack = async () => (await send('GET', '/users/me', ada.token)).status === 200;
    await until(isBack, 'the new key is not known');
  });
});
