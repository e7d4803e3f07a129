// Does the corpus of false tokens find a lenient verifier, and is ours none?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeRuntime } from '../runtime/node/index.ts';
import { type Claims, issueToken, verifyToken } from '../security/index.ts';
import { tokenTorture } from './index.ts';

const { cryptography } = nodeRuntime();
const key = cryptography.signingKey(new Uint8Array(32).fill(7));
const now = 1_800_000_000;
const claims: Claims = {
  ...{ sub: 'ada', iss: 'https://identity', aud: 'shop', iat: now, exp: now + 900 },
};
const good = issueToken(key, 'k1', 'at+jwt', claims);
const target = { good, now, x: key.x, sign: key.sign };
const expected = { issuer: 'https://identity', audience: 'shop', type: 'at+jwt', now: now * 1_000 };
const verify = (token: string) =>
  verifyToken(token, (kid) => (kid === 'k1' ? key : undefined), expected);

test('the good token is believed, and of the others none', () => {
  assert.equal(verify(good).sub, 'ada');
  const wrong: string[] = [];
  for (const { group, name, token } of tokenTorture(target))
    try {
      verify(token);
      wrong.push(`${group}: ${name}`);
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'UNAUTHENTICATED', `${group}: ${name}`);
    }
  assert.deepEqual(wrong, []);
});

test('there are many of every group, each with a name of its own, and none is the good one', () => {
  const all = [...tokenTorture(target)];
  assert.ok(all.length > 1_200, String(all.length));
  assert.equal(new Set(all.map(({ group, name }) => `${group}: ${name}`)).size, all.length);
  assert.ok(all.every(({ token }) => token !== good));
  const groups = Map.groupBy(all, ({ group }) => group);
  for (const [group, of] of groups) assert.ok(of.length >= 8, group);
  assert.ok(groups.size >= 15, String(groups.size));
  const open = [...tokenTorture({ good, now, x: key.x })];
  assert.ok(open.length > 900, String(open.length));
});

/** Verifiers as they are found, each of which believes one thing too many. */
const parsed = (part = '') => {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString());
  } catch {
    return {};
  }
};
const LENIENT: Readonly<Record<string, (token: string) => unknown>> = {
  'takes none': (token) => parsed(token.split('.')[0]).alg === 'none' || verify(token),
  'forgets the class': (token) =>
    verifyToken(token, () => key, { ...expected, type: parsed(token.split('.')[0]).typ }),
  'forgets the audience': (token) =>
    verifyToken(token, () => key, { ...expected, audience: parsed(token.split('.')[1]).aud }),
  'forgets the time': (token) =>
    verifyToken(token, () => key, {
      ...expected,
      now: (parsed(token.split('.')[1]).iat ?? 0) * 1_000,
    }),
  'takes any kid': (token) => verifyToken(token, () => key, expected),
  'trims what it is given': (token) => verify(token.trim().replace(/=+$/, '')),
};

for (const [how, lenient] of Object.entries(LENIENT))
  test(`a verifier that ${how} is found`, () => {
    const believed = [...tokenTorture(target)].filter(({ token }) => {
      try {
        lenient(token);
        return true;
      } catch {
        return false;
      }
    });
    assert.ok(believed.length > 0);
  });
