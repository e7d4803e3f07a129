// Are tokens of somebody else's issuer believed exactly when its keys say so?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportJWK, exportSPKI, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Outbound, OutboundReply } from '../runtime/index.ts';
import { nodeRuntime } from '../runtime/node/index.ts';
import type { TokenOptions } from './identity.ts';
import { jwks } from './jwks.ts';
import { toyEdge } from './toy-edge.ts';

const URL = 'https://login.example/.well-known/jwks.json';
const usual = { issuer: 'https://login.example/', audience: 'shop', type: 'JWT' };

/** An issuer as any other, that answers for its keys over a network that may be down. */
function issuer() {
  const state = {
    keys: [] as JWK[],
    isAway: false,
    asked: 0,
    body: undefined as string | undefined,
  };
  const request = async ({ url }: Outbound): Promise<OutboundReply> => {
    assert.equal(url, URL);
    state.asked += 1;
    if (state.isAway) throw new Error('ECONNREFUSED');
    return { status: 200, headers: {}, body: state.body ?? JSON.stringify({ keys: state.keys }) };
  };
  const runtime = { ...nodeRuntime(), request };
  const edge = (more: Partial<TokenOptions> = {}) =>
    toyEdge(undefined, { tokens: { ...usual, keys: jwks({ runtime, url: URL }), ...more } });
  return { state, edge };
}

async function keyOf(alg: string, kid: string) {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' };
  const token = (claims: object = {}, header: object = {}) =>
    new SignJWT({ aud: 'shop', ...claims })
      .setProtectedHeader({ alg, kid, ...header })
      .setSubject('u9')
      .setIssuer('https://login.example/')
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(privateKey);
  return { jwk, token, publicKey };
}

const get = async (edge: ReturnType<typeof toyEdge>, token: string) =>
  (await edge.ask('GET', '/api/v1/orders/7', { headers: { authorization: `Bearer ${token}` } }))
    .status;

for (const alg of ['RS256', 'ES256', 'EdDSA'])
  test(`${alg} tokens of a foreign key set are believed, and asked for once`, async () => {
    const { state, edge } = issuer();
    const { jwk, token } = await keyOf(alg, 'f1');
    state.keys = [jwk];
    const one = edge();
    for (let n = 0; n < 20; n += 1) assert.equal(await get(one, await token({ n })), 200);
    assert.equal(one.calls[0]?.principal.id, 'u9');
    assert.equal(state.asked, 1);
    assert.equal(await get(one, await token({}, { typ: 'at+jwt' })), 401);
    assert.equal(await get(one, await token({ aud: ['shop', 'billing'] })), 401);
    const wide = edge({ allowsAudiences: true });
    assert.equal(await get(wide, await token({ aud: ['shop', 'billing'] })), 200);
    assert.equal(await get(wide, await token({ aud: ['billing'] })), 401);
  });

test('a key is for its own algorithm: HMAC with its public text, and its name on another, open nothing', async () => {
  const { state, edge } = issuer();
  const rsa = await keyOf('RS256', 'f1');
  const curve = await keyOf('ES256', 'f2');
  state.keys = [rsa.jwk, curve.jwk];
  const one = edge();
  assert.equal(await get(one, await rsa.token()), 200);
  const pem = Buffer.from(await exportSPKI(rsa.publicKey));
  const hmac = await new SignJWT({ aud: 'shop' })
    .setProtectedHeader({ alg: 'HS256', kid: 'f1' })
    .setSubject('root')
    .setIssuer('https://login.example/')
    .setIssuedAt()
    .setExpirationTime('10m')
    .sign(pem);
  assert.equal(await get(one, hmac), 401);
  assert.equal(await get(one, await rsa.token({}, { kid: 'f2' })), 401);
  const [head, body] = (await curve.token()).split('.');
  const zeros = Buffer.alloc(64).toString('base64url');
  assert.equal(await get(one, `${head}.${body}.${zeros}`), 401);
});

test('keys that are private, too short, for encryption, or of another kind are left out', async () => {
  const { state, edge } = issuer();
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const good = await keyOf('ES256', 'good');
  const weak = await generateKeyPair('EdDSA', { extractable: true });
  state.keys = [
    { ...(await exportJWK(privateKey)), kid: 'private' },
    { ...(await exportJWK(weak.publicKey)), kid: 'encryption', use: 'enc' },
    { kty: 'oct', k: 'AAAA', kid: 'secret' },
    { kty: 'RSA', kid: 'short', e: 'AQAB', n: Buffer.alloc(128, 0xff).toString('base64url') },
    { kty: 'EC', crv: 'P-384', kid: 'curve', x: 'AA', y: 'AA' },
    good.jwk,
  ];
  const one = edge();
  assert.equal(await get(one, await good.token()), 200);
  const left = one.lines.filter(({ message }) => message.includes('left out'));
  const kids = left.map(({ fields }) => fields.kid);
  assert.deepEqual(kids, ['private', 'encryption', 'secret', 'short', 'curve']);
});

test('while the issuer is away known keys go on, strangers cost it a question a second, and its end is not ours', async () => {
  const { state, edge } = issuer();
  const known = await keyOf('ES256', 'f1');
  const later = await keyOf('ES256', 'f2');
  state.keys = [known.jwk];
  const one = edge();
  assert.equal(await get(one, await known.token()), 200);
  state.isAway = true;
  one.pass(40_000);
  for (let n = 0; n < 50; n += 1) assert.equal(await get(one, await later.token({ n })), 503);
  assert.equal(state.asked, 2);
  assert.equal(await get(one, await known.token({ n: 2 })), 200);
  state.isAway = false;
  state.keys = [known.jwk, later.jwk];
  one.pass(1_001);
  assert.equal(await get(one, await later.token()), 200);
});

test('what is no key set, and an address that anybody could answer for, are refused', async () => {
  const { state, edge } = issuer();
  const { token } = await keyOf('ES256', 'f1');
  for (const body of ['<html>', '[]', '{"keys":{}}', `{"keys":[],"x":"${'x'.repeat(300_000)}"}`]) {
    state.body = body;
    assert.equal(await get(edge(), await token()), 503, body.slice(0, 20));
  }
  const { runtime } = toyEdge();
  assert.throws(() => jwks({ runtime, url: 'http://login.example/jwks' }), {
    code: 'BAD_DEFINITION',
  });
  assert.doesNotThrow(() => jwks({ runtime, url: 'http://127.0.0.1:8080/jwks' }));
});

test('HS256 needs a secret of 32 bytes that somebody gave, and takes no other algorithm', async () => {
  const secret = Buffer.alloc(32, 7);
  const edge = toyEdge(undefined, { tokens: { ...usual, secret } });
  const sign = (alg: string, by: Uint8Array, header = {}) =>
    new SignJWT({ aud: 'shop', roles: ['admin'] })
      .setProtectedHeader({ alg, ...header })
      .setSubject('u9')
      .setIssuer('https://login.example/')
      .setIssuedAt()
      .setExpirationTime('10m')
      .sign(by);
  assert.equal(await get(edge, await sign('HS256', secret)), 200);
  assert.equal(await get(edge, await sign('HS256', secret, { typ: 'JWT', kid: 'any' })), 200);
  assert.equal(await get(edge, await sign('HS512', Buffer.alloc(64, 7))), 401);
  assert.equal(await get(edge, await sign('HS256', Buffer.alloc(32, 8))), 401);
  for (const short of [Buffer.alloc(0), Buffer.from('secret'), Buffer.alloc(31)])
    assert.throws(() => toyEdge(undefined, { tokens: { ...usual, secret: short } }), {
      code: 'BAD_SETTING',
    });
  assert.throws(() => toyEdge(undefined, { tokens: usual }), { code: 'BAD_DEFINITION' });
  const both = { ...usual, secret, keys: async () => [] };
  assert.throws(() => toyEdge(undefined, { tokens: both }), { code: 'BAD_DEFINITION' });
});

test('rights may stand elsewhere in the claims', async () => {
  const { state, edge } = issuer();
  const { jwk, token } = await keyOf('ES256', 'f1');
  state.keys = [jwk];
  const one = edge({
    rights: ({ scope }) => ({ roles: [], permissions: String(scope ?? '').split(' ') }),
  });
  assert.equal(await get(one, await token({ scope: 'orders:read orders:write' })), 200);
  assert.deepEqual(one.calls[0]?.principal.permissions, ['orders:read', 'orders:write']);
});
