import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, command, contract, jsonSchema, query } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import { embeddedLimitStore, limiter, sharedLimiter } from '../resilience/index.ts';
import { networkOf } from '../runtime/index.ts';
import { toyEdge } from './toy-edge.ts';

const any = jsonSchema<any>({ type: 'object' });
const toys = contract('toys', {
  version: 1,
  rateLimit: { windowMs: 60_000, max: 5, per: 'principal' },
  operations: {
    login: command('POST /login', {
      input: any,
      output: any,
      access: anyone(),
      rateLimit: { windowMs: 60_000, max: 3, per: 'address' },
    }),
    buy: command('POST /', { input: any, output: any }),
    look: query('GET /', { input: any, output: any, access: anyone() }),
    free: query('GET /free', { input: any, output: any, access: anyone(), rateLimit: 'none' }),
  },
  events: {},
});
const edgeOf = (factor?: number) =>
  toyEdge(
    { kind: 'output', value: {}, after: '' },
    { contracts: [toys], ...(factor ? { limits: { factor } } : {}) },
  );
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function statuses(times: number, ask: () => Promise<{ status: number }>) {
  const all: number[] = [];
  for (let one = 0; one < times; one += 1) all.push((await ask()).status);
  return all;
}
const passed = (all: readonly number[]) => all.filter((status) => status !== 429).length;

test('says in every answer what the quota is and what is left of it', async () => {
  const edge = edgeOf();
  const first = await edge.ask('GET', '/api/v1/toys');
  assert.equal(first.headers['ratelimit-policy'], '"toys.look";q=5;w=60');
  assert.equal(first.headers.ratelimit, '"toys.look";r=4;t=12');
  const free = await edge.ask('GET', '/api/v1/toys/free');
  assert.equal(free.headers.ratelimit, undefined);
});

test('one too many is a problem that names the policy and when to come again', async () => {
  const edge = edgeOf();
  await statuses(5, () => edge.ask('GET', '/api/v1/toys'));
  const refused = await edge.ask('GET', '/api/v1/toys');
  assert.equal(refused.status, 429);
  assert.equal(refused.headers['content-type'], 'application/problem+json');
  assert.equal(refused.headers.ratelimit, '"toys.look";r=0;t=12');
  assert.equal(refused.headers['retry-after'], '12');
  assert.deepEqual(
    [refused.json.type, refused.json.code, refused.json['violated-policies']],
    ['https://offshoot.dev/errors/RATE_LIMITED', 'RATE_LIMITED', ['toys.look']],
  );
  assert.equal(edge.calls.length, 5, 'no service hears of it');
  edge.pass(12_000);
  assert.equal((await edge.ask('GET', '/api/v1/toys')).status, 200);
});

test('trap 12: two users behind one address do not share a limit', async () => {
  const edge = edgeOf();
  const buy = (sub: string) => () =>
    edge.ask('POST', '/api/v1/toys', { headers: bearer(edge.token({ sub })), body: '{}' });
  assert.equal(passed(await statuses(8, buy('ada'))), 5);
  assert.equal(passed(await statuses(8, buy('bob'))), 5);
});

test('one user at many addresses has one limit', async () => {
  const edge = edgeOf();
  const headers = bearer(edge.token());
  let host = 0;
  const buy = () =>
    edge.ask('POST', '/api/v1/toys', { headers, body: '{}', from: `10.0.0.${++host}` });
  assert.equal(passed(await statuses(8, buy)), 5);
});

test('trap 12: no forged header is an escape', async () => {
  const edge = edgeOf();
  let host = 0;
  const login = () => {
    const ip = `198.51.100.${++host}`;
    const forged = { 'x-forwarded-for': ip, forwarded: `for=${ip}`, 'x-real-ip': ip };
    return edge.ask('POST', '/api/v1/toys/login', { headers: forged, body: '{}' });
  };
  assert.equal(passed(await statuses(6, login)), 3);
});

test('a limit by address counts before identity: bad tokens are not looked at for ever', async () => {
  const edge = edgeOf();
  const headers = bearer('no.such.token');
  const login = () => edge.ask('POST', '/api/v1/toys/login', { headers, body: '{}' });
  assert.deepEqual(await statuses(5, login), [401, 401, 401, 429, 429]);
});

test('who sends no token is counted by address', async () => {
  const edge = edgeOf();
  const look = (from: string) => () => edge.ask('GET', '/api/v1/toys', { from });
  assert.equal(passed(await statuses(8, look('10.0.0.1'))), 5);
  assert.equal(passed(await statuses(8, look('10.0.0.2'))), 5);
});

test('a topology may scale the limits', async () => {
  const edge = edgeOf(2);
  const look = () => edge.ask('GET', '/api/v1/toys');
  assert.equal(passed(await statuses(15, look)), 10);
});

test('what a contract does not say is 100 in 15 minutes for each principal', async () => {
  const edge = toyEdge();
  const headers = bearer(edge.token());
  const { headers: told } = await edge.ask('GET', '/api/v1/orders/o1', { headers });
  assert.equal(told['ratelimit-policy'], '"orders.get";q=100;w=900');
});

test('an address is one caller in whatever clothes', () => {
  assert.equal(networkOf('::ffff:192.0.2.7'), '192.0.2.7');
  assert.equal(networkOf('192.0.2.7'), '192.0.2.7');
  assert.equal(networkOf('2001:db8:1:2::1'), networkOf('2001:0DB8:1:2:ffff::9'));
  assert.notEqual(networkOf('2001:db8:1:2::1'), networkOf('2001:db8:1:3::1'));
  assert.equal(networkOf('::1'), '0:0:0:0::/64');
  assert.equal(networkOf('fe80::1%eth0'), 'fe80:0:0:0::/64');
});

test('three gateways on one count admit one limit, and so do their shares while it is away', async () => {
  const { runtime } = edgeOf();
  const connect = embeddedLimitStore(limiter({ clock: () => runtime.monotonic() }));
  const state = { isAway: false };
  const gateways = [1, 2, 3].map(() => {
    const store = connect();
    const take: typeof store.take = async (key, quota) => {
      if (state.isAway) throw new OffshootError('UNAVAILABLE', 'away');
      return store.take(key, quota);
    };
    const shared = sharedLimiter({ runtime, store: { take, sharers: 3, close: store.close } });
    return toyEdge(
      { kind: 'output', value: {}, after: '' },
      { contracts: [toys], limits: { factor: 3, shared } },
    );
  });
  const passedOf = async (from: string) => {
    const all = await Promise.all(
      gateways.map((edge) => statuses(20, () => edge.ask('GET', '/api/v1/toys', { from }))),
    );
    return passed(all.flat());
  };
  assert.equal(await passedOf('10.0.0.1'), 15);
  state.isAway = true;
  assert.equal(await passedOf('10.0.0.2'), 15);
  assert.equal(await passedOf('10.0.0.1'), 0);
});

test('a fixed window gives all calls back at once, when it says', async () => {
  const rateLimit = { windowMs: 60_000, max: 2, per: 'address', window: 'fixed' } as const;
  const look = query('GET /', { input: any, output: any, access: anyone(), rateLimit });
  const fixed = contract('fixed', { version: 1, operations: { look }, events: {} });
  const edge = toyEdge({ kind: 'output', value: {}, after: '' }, { contracts: [fixed] });
  const ask = () => edge.ask('GET', '/api/v1/fixed');
  assert.deepEqual(await statuses(3, ask), [200, 200, 429]);
  assert.equal((await ask()).headers['retry-after'], '60');
  edge.pass(30_000);
  assert.equal((await ask()).status, 429);
  edge.pass(30_000);
  assert.deepEqual(await statuses(3, ask), [200, 200, 429]);
});
