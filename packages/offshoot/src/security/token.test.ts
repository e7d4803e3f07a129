import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compactVerify, importJWK } from 'jose';
import { nodeRuntime } from '../runtime/node/index.ts';
import { type Claims, type Expected, issueToken, verifyToken } from './index.ts';

const { cryptography } = nodeRuntime();
const key = cryptography.signingKey(new Uint8Array(32).fill(1));
const other = cryptography.signingKey(new Uint8Array(32).fill(2));
const NOW = 1_800_000_000;
const expected: Expected = {
  ...{ issuer: 'https://identity', audience: 'shop', type: 'at+jwt', now: NOW * 1_000 },
};
const claims: Claims = {
  ...{ sub: 'ada', iss: 'https://identity', aud: 'shop', iat: NOW, exp: NOW + 900 },
};
const keys = (kid: string) => (kid === 'k1' ? key : undefined);
const issue = (changes: Partial<Claims> & Record<string, unknown> = {}) =>
  issueToken(key, 'k1', 'at+jwt', { ...claims, ...changes });
const verify = (token: string, changes: Partial<Expected> = {}) =>
  verifyToken(token, keys, { ...expected, ...changes });
const refused = { code: 'UNAUTHENTICATED' };

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** A token with any header, signed as the attacker can. */
function forged(header: Record<string, unknown>, body: unknown = claims): string {
  const head = `${encode({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k1', ...header })}.${encode(body)}`;
  return `${head}.${Buffer.from(key.sign(head)).toString('base64url')}`;
}

test('a whole, signed, living token of the right kind is believed', () => {
  assert.deepEqual(verify(issue()), claims);
});

test('another implementation believes our tokens too', async () => {
  const jwk = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: key.x }, 'EdDSA');
  const { payload, protectedHeader } = await compactVerify(issue(), jwk);
  assert.deepEqual(JSON.parse(Buffer.from(payload).toString()), claims);
  assert.deepEqual(protectedHeader, { alg: 'EdDSA', typ: 'at+jwt', kid: 'k1' });
});

test('trap 15: exp and iat are seconds', () => {
  const { exp, iat } = verify(issue());
  assert.equal(exp - iat, 900);
});

for (const alg of ['none', 'None', 'HS256', 'RS256', '', undefined])
  test(`alg ${alg} is refused, signed or not`, () => {
    assert.throws(() => verify(forged({ alg })), refused);
    const unsigned = forged({ alg }).split('.').slice(0, 2).join('.');
    assert.throws(() => verify(`${unsigned}.`), refused);
    assert.throws(() => verify(unsigned), refused);
  });

const WRONG: Readonly<Record<string, () => unknown>> = {
  'another kind of token': () => verify(issue(), { type: 'rt+jwt' }),
  'a token without a kind': () => verify(forged({ typ: undefined })),
  'another audience': () => verify(issue({ aud: 'elsewhere' })),
  'a list of audiences': () => verify(issue({ aud: ['shop'] as never })),
  'another issuer': () => verify(issue({ iss: 'https://evil' })),
  'no subject': () => verify(issue({ sub: '' })),
  'a token from the future': () => verify(issue({ iat: NOW + 6 })),
  'an iat in milliseconds': () => verify(issue({ iat: NOW * 1_000, exp: NOW * 1_000 + 900 })),
  'no exp': () => verify(issue({ exp: undefined as never })),
  'a text as exp': () => verify(issue({ exp: String(NOW + 900) as never })),
  'not valid yet': () => verify(issue({ nbf: NOW + 60 })),
  'an unknown key': () => verify(issueToken(key, 'k2', 'at+jwt', claims)),
  'a key that is not the one named': () => verify(issueToken(other, 'k1', 'at+jwt', claims)),
  'a kid of a kilobyte': () => verify(issueToken(key, 'k'.repeat(1_024), 'at+jwt', claims)),
  'a crit header': () => verify(forged({ crit: ['exp'] })),
  'a key in the header': () => verify(forged({ jwk: { kty: 'OKP', crv: 'Ed25519', x: other.x } })),
  'a body that is a list': () => verify(forged({}, [1])),
  'five kilobytes': () => verify(issue({ jti: 'x'.repeat(5_000) })),
  nothing: () => verify(''),
  'a part too many': () => verify(`${issue()}.x`),
};
for (const [what, attempt] of Object.entries(WRONG))
  test(`${what} is refused`, () => {
    assert.throws(attempt, refused);
  });

test('trap 15: a token dies with its exp, give or take five seconds', () => {
  const at = (seconds: number) => verify(issue(), { now: (NOW + 900 + seconds) * 1_000 });
  assert.doesNotThrow(() => at(4.9));
  assert.throws(() => at(5), refused);
  assert.throws(() => verify(issue({ exp: NOW + 3_600 }), { now: (NOW + 7_200) * 1_000 }), refused);
});

test('no character of a token can be changed', () => {
  const token = issue();
  for (let index = 0; index < token.length; index += 1) {
    const swapped = token[index] === 'A' ? 'B' : 'A';
    const tampered = token.slice(0, index) + swapped + token.slice(index + 1);
    assert.throws(() => verify(tampered), refused, `at ${index}`);
  }
});

test('a signed part in another spelling of its bytes is refused', () => {
  const odd = Object.entries({ a: 'x', b: 'xx', c: 'xxx' })
    .map(([sub, jti]) => encode({ ...claims, sub, jti }))
    .find((part) => part.length % 4 !== 0)!;
  const last = alphabet[alphabet.indexOf(odd.at(-1)!) ^ 1]!;
  const head = `${encode({ alg: 'EdDSA', typ: 'at+jwt', kid: 'k1' })}.${odd.slice(0, -1)}${last}`;
  const token = `${head}.${Buffer.from(key.sign(head)).toString('base64url')}`;
  assert.throws(() => verify(token), /not well-formed/);
});

test('base64url has one spelling: padding, spare bits and other alphabets are refused', () => {
  const [head = '', body = '', signature = ''] = issue().split('.');
  const last = signature.at(-1)!;
  const twin = alphabet[alphabet.indexOf(last) ^ 1]!; // the same bytes: the low bits are spare
  assert.deepEqual(
    Buffer.from(signature.slice(0, -1) + twin, 'base64url'),
    Buffer.from(signature, 'base64url'),
  );
  for (const spelling of [signature.slice(0, -1) + twin, `${signature}=`, `${signature}\n`])
    assert.throws(() => verify(`${head}.${body}.${spelling}`), refused);
  assert.throws(() => verify(`${head}=.${body}.${signature}`), refused);
});
