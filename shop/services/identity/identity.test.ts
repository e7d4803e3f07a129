// Does an account tell nobody more than it must?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { nodeCryptography } from 'offshoot/runtime/node';
import type { CommandHandler } from 'offshoot/service';
import { normalEmail } from '../../contracts/field.ts';
import { appoint } from './appoint.ts';
import { keySet } from './key-set.ts';
import { logIn } from './log-in.ts';
import { logOut, refresh } from './refresh.ts';
import { signUp } from './sign-up.ts';

const cryptography = nodeCryptography((length) => new Uint8Array(length).fill(7));
const decided = (handler: CommandHandler, given: object) =>
  handler.handling.decide({ at: 1_000_000, id: 'id-1', ...given } as any) as any;

describe('signing up', () => {
  const input = { email: 'Ada@Example.com', password: 'correct horse', name: 'Ada' };
  const prepared = { emailHash: 'hash', passwordHash: '$argon2id$…' };

  test('keeps no e-mail with the credential, and tells it under its person’s key', () => {
    const unit = decided(signUp, { input, prepared, loaded: {}, id: 'u-1' });
    const [credential] = unit.documents;
    assert.ok(!JSON.stringify(credential.data).toLowerCase().includes('ada@'));
    assert.deepEqual([credential.id, credential.expected], ['hash', 0]);
    const [signedUp] = unit.appends[0].events;
    assert.deepEqual(signedUp.personal, { subject: 'userId', fields: ['email', 'name'] });
    assert.deepEqual(unit.reply, { userId: 'u-1' });
  });

  test('an address has one account, however it is written', () => {
    assert.equal(normalEmail(' Ada@Example.COM '), normalEmail('ada@example.com'));
    const unit = decided(signUp, { input, prepared, loaded: { taken: {} }, id: 'u-2' });
    assert.equal(unit.refusal, 'EMAIL_TAKEN');
  });
});

describe('the first administrator', () => {
  const prepared = { emailHash: 'hash', passwordHash: '$argon2id$…' };
  const rolesAfter = (appointed: string) => {
    const loaded = { appointed: { data: { emailHash: appointed } } };
    const input = { email: 'a@example.com', password: 'correct horse', name: 'Ada' };
    const unit = decided(signUp, { input, prepared, loaded, id: 'u-1' });
    return unit.documents[0].data.roles;
  };

  test('is who signs up with the address that was named, and nobody else', () => {
    assert.deepEqual(rolesAfter('hash'), ['customer', 'admin']);
    assert.deepEqual(rolesAfter('another'), ['customer']);
  });

  test('may have an account already, and naming them again changes nothing', () => {
    const account = { revision: 3, data: { userId: 'u-1', roles: ['customer'] } };
    const unit = decided(appoint, { prepared, loaded: { account } });
    assert.deepEqual(
      unit.documents.map((one: any) => [one.collection.name, one.id, one.expected]),
      [
        ['appointments', 'first-admin', 0],
        ['credentials', 'hash', 3],
      ],
    );
    const before = { revision: 1, data: { emailHash: 'hash' } };
    const raised = { ...account, data: { ...account.data, roles: ['customer', 'admin'] } };
    const again = decided(appoint, { prepared, loaded: { before, account: raised } });
    assert.deepEqual(again.documents, []);
  });
});

describe('logging in', () => {
  const seedOf = (byte: number) => Buffer.alloc(32, byte).toString('base64url');
  const keyOf = (byte: number) => {
    const { x } = cryptography.signingKey(Buffer.alloc(32, byte));
    return { owner: 'service:identity', kid: `k-${byte}`, seed: seedOf(byte), x };
  };
  const credential = { userId: 'u-1', emailHash: 'hash', roles: ['customer'], permissions: [] };
  const drawn = { cryptography, candidate: keyOf(1), refreshToken: seedOf(9), jti: 'j-1' };
  const prepared = { credential, secrets: drawn };
  const kidOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid;

  const claimsOf = (token: string) =>
    JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());

  test('makes the signing key in its own unit when there is none', () => {
    const unit = decided(logIn, { prepared, loaded: {} });
    const [key] = unit.documents;
    assert.deepEqual([key.collection.name, key.id, key.expected], ['signing_keys', 'current', 0]);
    assert.equal(kidOf(unit.reply.accessToken), 'k-1');
    assert.deepEqual(key.collection.personal.fields, ['seed']);
  });

  test('signs with the key that is there, whatever it had in hand', () => {
    const unit = decided(logIn, { prepared, loaded: { current: { data: keyOf(2) } } });
    assert.equal(kidOf(unit.reply.accessToken), 'k-2');
    assert.deepEqual(
      unit.documents.map((one: any) => one.collection.name),
      ['refresh_tokens'],
    );
  });

  test('keeps of a refresh token only its hash', () => {
    const unit = decided(logIn, { prepared, loaded: {} });
    assert.equal(unit.reply.refreshToken, drawn.refreshToken);
    assert.ok(!JSON.stringify(unit.documents.at(-1)).includes(drawn.refreshToken));
  });

  test('begins a family of refresh tokens that a refresh goes on with', () => {
    const [, first] = decided(logIn, { prepared, loaded: {} }).documents;
    assert.equal(first.data.family, 'id-1');
    const token = { id: 'f-1', revision: 1, data: first.data };
    const loaded = { token, credential: { data: credential }, isRevoked: false };
    const unit = decided(refresh, { id: 'id-2', prepared: { secrets: drawn }, loaded });
    const [used, , next] = unit.documents;
    assert.deepEqual([used.id, used.expected, used.data.isUsed], ['f-1', 1, true]);
    assert.deepEqual([next.data.family, next.data.isUsed], ['id-1', false]);
    assert.equal(claimsOf(unit.reply.accessToken).sub, 'u-1');
  });

  test('a used refresh token ends its family, and so does a logout', () => {
    const data = { userId: 'u-1', family: 'fam', expires: 2_000_000, isUsed: true };
    const loaded = { token: { id: 'f-1', revision: 2, data }, credential: { data: credential } };
    const again = decided(refresh, { prepared: { secrets: drawn }, loaded });
    assert.equal(again.refusal, 'UNAUTHENTICATED');
    const ended = [
      ['revoked_families', 'fam'],
      ['revocations', 'id-1'],
    ];
    const revoked = (documents: any[]) => documents.map((one) => [one.collection.name, one.id]);
    assert.deepEqual(revoked(again.unit.documents), ended);
    const { documents } = decided(logOut, { loaded });
    assert.deepEqual(revoked(documents), ended);
    const { kind, of } = documents[1].data;
    assert.deepEqual([kind, of], ['session', 'fam']);
    assert.deepEqual(decided(logOut, { loaded: {} }), { documents: [], reply: {} });
  });

  test('refuses a refresh token that is old, of an ended family, or of nobody', () => {
    const data = { family: 'fam', expires: 2_000_000, isUsed: false };
    const fine = { token: { data }, credential: { data: credential }, isRevoked: false };
    const { family, ...former } = data;
    for (const change of [
      { token: undefined },
      { token: { data: { ...data, expires: 1_000_000 } } },
      { token: { data: former } },
      { credential: undefined },
      { isRevoked: true },
    ]) {
      const loaded = { ...fine, ...change };
      const unit = decided(refresh, { prepared: { secrets: drawn }, loaded });
      assert.deepEqual([unit.refusal, unit.unit, family], ['UNAUTHENTICATED', undefined, 'fam']);
    }
  });

  test('looks as long for nobody’s password as for somebody’s', async () => {
    const asked: string[] = [];
    const spy = {
      ...cryptography,
      verifyPassword: async (password: string, phc: string) => {
        asked.push(phc);
        return cryptography.verifyPassword(password, phc);
      },
    };
    const reach = { lookup: () => 'hash', read: async () => undefined, cryptography: spy };
    const input = { email: 'nobody@example.com', password: 'anything' };
    const refused = await logIn.handling.prepare!({ input } as any, reach as any);
    assert.deepEqual(refused, { refusal: 'UNAUTHENTICATED', data: undefined });
    const somebody = await cryptography.hashPassword('x');
    const shape = (phc: string) =>
      phc.split('$').map((part, index) => (index < 4 ? part : part.length));
    assert.deepEqual(asked.map(shape), [shape(somebody)]);
  });

  test('the key set holds public parts only', () => {
    const answer = (loaded: object) => keySet.handling.answer({ loaded } as any);
    assert.deepEqual(answer({ keys: [] }), { keys: [] });
    const { seed, owner, ...open } = keyOf(3);
    const jwk = { kty: 'OKP', crv: 'Ed25519', use: 'sig', alg: 'EdDSA', ...open };
    assert.deepEqual(answer({ keys: [{ data: keyOf(3) }] }), { keys: [jwk] });
    assert.ok(!JSON.stringify(answer({ keys: [{ data: keyOf(3) }] })).includes(seed) && owner);
  });
});
