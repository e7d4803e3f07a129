// Is a caller from another process believed exactly when it may say what it says?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SigningKey } from '../runtime/index.ts';
import { manualRuntime } from '../testing/index.ts';
import {
  ANONYMOUS,
  issueToken,
  Principal,
  passportControl,
  passports,
  servicePrincipal,
} from './index.ts';

function setting() {
  const runtime = manualRuntime();
  let signed = 0;
  let verified = 0;
  const plainKey = (name: string) =>
    runtime.cryptography.signingKey(runtime.cryptography.sha256(name));
  const keyOf = (name: string): SigningKey => {
    const key = plainKey(name);
    return {
      x: key.x,
      sign(data) {
        signed += 1;
        return key.sign(data);
      },
      verify(data, signature) {
        verified += 1;
        return key.verify(data, signature);
      },
    };
  };
  const known = (name: string) => (/^(edge|orders|users)$/.test(name) ? keyOf(name) : undefined);
  const speaksForPeople = (name: string) => name === 'edge';
  const control = passportControl({ runtime, keyOf: known, speaksForPeople });
  const of = (self: string) => passports({ runtime, self, keyOf });
  return { runtime, control, of, plainKey, counts: () => ({ signed, verified }) };
}

const anna = new Principal({ kind: 'user', id: 'anna', roles: ['admin'], tenant: 'north' });
const refused = { code: 'UNAUTHENTICATED' };
/** Nothing was done: whoever asked may ask again. */
const untimely = { code: 'UNAVAILABLE', details: { sent: false } };

test('a service is itself, a person is who the edge says, and nobody stays nobody', () => {
  const { control, of } = setting();
  const edge = of('edge');
  const orders = servicePrincipal('orders');
  assert.equal(control(edge(orders, 'stock'), 'stock').name, 'service:orders');
  const { name, roles, tenant } = control(edge(anna, 'stock'), 'stock');
  assert.deepEqual([name, roles, tenant], ['user:anna', ['admin'], 'north']);
  assert.equal(control(edge(ANONYMOUS, 'stock'), 'stock').kind, 'anonymous');
});

test('a passport is for one audience', () => {
  const { control, of } = setting();
  const passport = of('edge')(anna, 'stock');
  assert.throws(() => control(passport, 'payments'), refused);
  control(passport, 'stock');
  assert.throws(() => control(passport, 'payments'), refused);
});

test('nothing, an unknown caller, and a service that speaks for a person are refused', () => {
  const { control, of } = setting();
  assert.throws(() => control({}, 'stock'), refused);
  assert.throws(
    () => control({ principal: of('edge')(anna, 'stock').principal }, 'stock'),
    refused,
  );
  assert.throws(() => control(of('x')(servicePrincipal('stranger'), 'stock'), 'stock'), refused);
  assert.throws(() => control(of('orders')(anna, 'stock'), 'stock'), refused);
});

test('what one has signed is of no use to another', () => {
  const { runtime, control, of, plainKey } = setting();
  const { serviceToken } = of('orders')(servicePrincipal('orders'), 'stock');
  const { principal } = of('edge')(anna, 'stock');
  assert.throws(() => control({ serviceToken, principal }, 'stock'), refused);
  const iat = Math.floor(runtime.now() / 1_000);
  const claims = { sub: 'users', iss: 'offshoot', aud: 'stock', iat, exp: iat + 60 };
  const forged = issueToken(plainKey('orders'), 'orders', 'svc+jwt', claims);
  assert.throws(() => control({ serviceToken: forged }, 'stock'), refused);
  const access = issueToken(plainKey('orders'), 'orders', 'at+jwt', { ...claims, sub: 'orders' });
  assert.throws(() => control({ serviceToken: access }, 'stock'), refused);
});

test('the edge cannot make a service of a person', () => {
  const { runtime, control, of, plainKey } = setting();
  const iat = Math.floor(runtime.now() / 1_000);
  const times = { iss: 'offshoot', aud: 'stock', iat, exp: iat + 60 };
  const { serviceToken } = of('edge')(anna, 'stock');
  const claims = { sub: 'service:orders', kind: 'service', ...times };
  const principal = issueToken(plainKey('edge'), 'edge', 'prc+jwt', claims);
  assert.throws(() => control({ serviceToken, principal }, 'stock'), refused);
});

test('a passport is signed and checked once, renewed at half of its life, and ends', async () => {
  const { runtime, control, of, counts } = setting();
  const edge = of('edge');
  const first = edge(anna, 'stock');
  for (let n = 0; n < 100; n += 1) control(edge(anna, 'stock'), 'stock');
  assert.deepEqual(counts(), { signed: 2, verified: 2 });
  await runtime.advance(31_000);
  const second = edge(anna, 'stock');
  assert.notEqual(second.serviceToken, first.serviceToken);
  control(first, 'stock');
  await runtime.advance(35_000);
  assert.throws(() => control(first, 'stock'), untimely);
  control(second, 'stock');
});

test('a clock that is set costs no call: the next passport has the new time', () => {
  const { runtime } = setting();
  let setMs = 0;
  const set = { ...runtime, now: () => runtime.now() + setMs };
  const keyOf = (name: string) =>
    runtime.cryptography.signingKey(runtime.cryptography.sha256(name));
  const edge = passports({ runtime: set, self: 'edge', keyOf });
  const speaksForPeople = () => true;
  for (const ms of [600_000, -600_000, 0]) {
    const there = passportControl({ runtime: set, keyOf, speaksForPeople });
    const before = edge(anna, 'stock');
    setMs = ms;
    assert.throws(() => there(before, 'stock'), untimely);
    assert.equal(there(edge(anna, 'stock'), 'stock').name, 'user:anna');
  }
});
