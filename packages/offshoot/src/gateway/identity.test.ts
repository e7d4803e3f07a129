import assert from 'node:assert/strict';
import { test } from 'node:test';
import { importJWK, jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import { contract, jsonSchema, query } from '../contract/index.ts';
import { ANONYMOUS } from '../security/index.ts';
import { type ToyEdge, toyEdge } from './toy-edge.ts';

const get = (edge: ToyEdge, authorization: string) =>
  edge.ask('GET', '/api/v1/orders/7', { headers: { authorization } });

async function assertInvalid(edge: ToyEdge, authorization: string, why: string): Promise<void> {
  const answer = await get(edge, authorization);
  assert.deepEqual([answer.status, answer.json.code], [401, 'UNAUTHENTICATED'], why);
  assert.equal(answer.headers['www-authenticate'], 'Bearer error="invalid_token"');
}

test('no header is nobody: enough for an open operation, 401 for another', async () => {
  const edge = toyEdge();
  assert.equal((await edge.ask('GET', '/api/v1/orders')).status, 200);
  assert.equal(edge.calls[0]?.principal, ANONYMOUS);
  const answer = await edge.ask('GET', '/api/v1/orders/7');
  assert.equal(answer.status, 401);
  assert.equal(answer.headers['www-authenticate'], 'Bearer');
  assert.equal(edge.calls.length, 1);
});

test('a token becomes a sealed principal with its roles and permissions', async () => {
  const edge = toyEdge();
  const token = edge.token({ roles: ['admin'], permissions: ['x'] });
  assert.equal((await get(edge, `bEaReR ${token}`)).status, 200);
  const { kind, id, roles, permissions } = edge.calls[0]!.principal;
  assert.deepEqual(
    { kind, id, roles, permissions },
    { kind: 'user', id: 'u1', roles: ['admin'], permissions: ['x'] },
  );
});

test('trap 16: a token without the role is refused before its body is read', async () => {
  const edge = toyEdge();
  const headers = { authorization: `Bearer ${edge.token()}` };
  const answer = await edge.ask('DELETE', '/api/v1/orders/7', { headers });
  assert.deepEqual([answer.status, answer.json.code], [403, 'FORBIDDEN']);
});

test('trap 16: a rule that names nobody is no contract', () => {
  const empty = { kind: 'users', roles: [], permissions: [] } as const;
  const any = jsonSchema({});
  const spec = { input: any, output: any, access: empty };
  const operations = { all: query('GET /', spec) };
  assert.throws(() => contract('toys', { version: 1, operations, events: {} }), {
    code: 'BAD_DEFINITION',
  });
});

test('trap 14: expired, early, foreign, forged and unsigned tokens are refused, even where nobody need sign in', async () => {
  const edge = toyEdge();
  const now = Math.floor(edge.runtime.now() / 1_000);
  const good = edge.token();
  const [head, claims, signature] = good.split('.') as [string, string, string];
  const other = toyEdge();
  const admin = Buffer.from(JSON.stringify({ sub: 'root' })).toString('base64url');
  const none = new UnsecuredJWT({ sub: 'u1', iss: 'toy', aud: 'api' }).encode();
  const hmac = await new SignJWT({ sub: 'u1', iss: 'toy', aud: 'api' })
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'k1' })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(Buffer.from(edge.key.x.padEnd(32)));
  const bad: Record<string, string> = {
    expired: edge.token({ iat: now - 1_000, exp: now - 100 }),
    'from the future': edge.token({ iat: now + 100 }),
    'of another issuer': edge.token({ iss: 'else' }),
    'for another audience': edge.token({ aud: 'else' }),
    'of another class': edge.token({}, 'k1', 'rt+jwt'),
    'by another key': other.token(),
    'with other claims': `${head}.${admin}.${signature}`,
    'without a signature': `${head}.${claims}.`,
    'alg none': none,
    'alg none with our type': `${Buffer.from('{"alg":"none","typ":"at+jwt","kid":"k1"}').toString('base64url')}.${claims}.`,
    'HMAC with the public key': hmac,
    'of unknown key': edge.token({}, 'k9'),
    'no token': 'abc',
  };
  for (const [why, token] of Object.entries(bad)) await assertInvalid(edge, `Bearer ${token}`, why);
  const open = { headers: { authorization: `Bearer ${bad.expired}` } };
  assert.equal((await edge.ask('GET', '/api/v1/orders', open)).status, 401);
  assert.equal(edge.calls.length, 0);
});

test('trap 13: only Bearer in any case, and exactly one token, count', async () => {
  const edge = toyEdge();
  const token = edge.token();
  for (const scheme of ['Bearer', 'bearer', 'BEARER'])
    assert.equal((await get(edge, `${scheme} ${token}`)).status, 200);
  for (const header of [
    `Basic ${token}`,
    token,
    'Bearer',
    'Bearer ',
    `Bearer ${token} ${token}`,
    `Bearer ${token}, Bearer ${token}`,
    '',
  ])
    await assertInvalid(edge, header, header);
});

test('trap 52: a verified token is remembered, but never beyond its end', async () => {
  const edge = toyEdge();
  const token = edge.token();
  assert.equal((await get(edge, `Bearer ${token}`)).status, 200);
  assert.equal((await get(edge, `Bearer ${token}`)).status, 200);
  assert.equal(edge.calls[0]?.principal, edge.calls[1]?.principal);
  edge.pass(910_000);
  await assertInvalid(edge, `Bearer ${token}`, 'expired');
});

test('unknown keys are asked for a few times at the start, then once in 30 seconds', async () => {
  const edge = toyEdge();
  const ask = () => get(edge, `Bearer ${edge.token({}, 'k9')}`);
  for (let i = 0; i < 20; i++) await ask();
  assert.equal(edge.keysAsked(), 3);
  edge.pass(30_001);
  for (let i = 0; i < 20; i++) await ask();
  assert.equal(edge.keysAsked(), 4);
  assert.equal((await get(edge, `Bearer ${edge.token()}`)).status, 200);
});

test('keys that cannot be fetched make a 503: a 401 would sign people out', async () => {
  const keys = () => Promise.reject(new Error('no issuer at 10.0.0.1'));
  const edge = toyEdge(undefined, {
    tokens: { issuer: 'toy', audience: 'api', type: 'at+jwt', keys },
  });
  const answer = await get(edge, `Bearer ${edge.token()}`);
  assert.deepEqual([answer.status, answer.headers['retry-after']], [503, '1']);
  assert.ok(!answer.text.includes('10.0.0.1'));
});

test('trap 52: a withdrawn key takes its remembered tokens with it', async () => {
  const spare = toyEdge();
  let kid = 'k1';
  const edge: ToyEdge = toyEdge(undefined, {
    tokens: {
      issuer: 'toy',
      audience: 'api',
      type: 'at+jwt',
      keys: async () => [{ kid, x: (kid === 'k1' ? edge : spare).key.x }],
    },
  });
  const old = edge.token();
  assert.equal((await get(edge, `Bearer ${old}`)).status, 200);
  kid = 'k2';
  assert.equal((await get(edge, `Bearer ${spare.token({}, 'k2')}`)).status, 200);
  await assertInvalid(edge, `Bearer ${old}`, 'withdrawn');
});

test('a token made by jose verifies here', async () => {
  const edge = toyEdge();
  const seed = Buffer.from(edge.runtime.randomBytes(32));
  const ours = edge.runtime.cryptography.signingKey(seed);
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: ours.x, d: seed.toString('base64url') };
  const token = await new SignJWT({ roles: ['admin'] })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'j1' })
    .setSubject('u2')
    .setIssuer('toy')
    .setAudience('api')
    .setIssuedAt()
    .setExpirationTime('15m')
    .sign(await importJWK(jwk, 'EdDSA'));
  const keys = async () => [{ kid: 'j1', x: ours.x }];
  const other = toyEdge(undefined, {
    tokens: { issuer: 'toy', audience: 'api', type: 'at+jwt', keys },
  });
  assert.equal((await get(other, `Bearer ${token}`)).status, 200);
  assert.equal(other.calls[0]?.principal.id, 'u2');
});

test('a token made here verifies in jose', async () => {
  const edge = toyEdge();
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: edge.key.x };
  const { payload, protectedHeader } = await jwtVerify(
    edge.token(),
    await importJWK(jwk, 'EdDSA'),
    { issuer: 'toy', audience: 'api', typ: 'at+jwt', algorithms: ['EdDSA'] },
  );
  assert.deepEqual([payload.sub, protectedHeader.kid], ['u1', 'k1']);
});
