import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { nodeRuntime } from './node/index.ts';

const { cryptography } = nodeRuntime();

test('a password is known by its hash, which carries its parameters and no password', async () => {
  const hash = await cryptography.hashPassword('correct horse');
  assert.match(hash, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]+\$[\w+/]+$/);
  assert.notEqual(hash, await cryptography.hashPassword('correct horse'));
  assert.equal(await cryptography.verifyPassword('correct horse', hash), true);
  assert.equal(await cryptography.verifyPassword('correct house', hash), false);
});

test('a hash made with other parameters is verified with those', async () => {
  const { argon2Sync } = (await import('node:crypto')) as unknown as {
    argon2Sync(algorithm: string, parameters: object): Buffer;
  };
  const tag = argon2Sync('argon2id', {
    ...{ message: 'password', nonce: Buffer.from('somesalt'), memory: 64, passes: 3 },
    ...{ parallelism: 1, tagLength: 16 },
  });
  const made = `$argon2id$v=19$m=64,t=3,p=1$c29tZXNhbHQ$${tag.toString('base64').replace(/=+$/, '')}`;
  assert.equal(await cryptography.verifyPassword('password', made), true);
  assert.equal(await cryptography.verifyPassword('passport', made), false);
});

test('a keyed hash is HMAC-SHA-256, whatever the length of its key and its text', () => {
  for (const keyBytes of [0, 1, 32, 63, 64, 65, 200])
    for (const length of [0, 1, 300, 4_095, 4_096, 4_097, 10_000]) {
      const key = new Uint8Array(keyBytes).fill(7);
      const text = 'ü€😀x'.repeat(Math.ceil(length / 5)).slice(0, length);
      const again = () => Buffer.from(cryptography.hmacSha256(key, text)).toString('hex');
      const expected = createHmac('sha256', key).update(text).digest('hex');
      assert.deepEqual([again(), again()], [expected, expected], `${keyBytes} ${length}`);
    }
});

test('a hash stays what it is when another is made', () => {
  const first = cryptography.sha256('one');
  const second = cryptography.hmacSha256(new Uint8Array(32), 'two');
  cryptography.sha256(new Uint8Array(100));
  assert.deepEqual(Buffer.from(first), createHash('sha256').update('one').digest());
  const expected = createHmac('sha256', new Uint8Array(32)).update('two').digest();
  assert.deepEqual(Buffer.from(second), expected);
});

test('what was sealed opens with the same key and context, and with no other', () => {
  const key = new Uint8Array(32).fill(3);
  const sealed = cryptography.seal(key, 'käse', 'context');
  assert.equal(cryptography.open(key, sealed, 'context'), 'käse');
  assert.throws(() => cryptography.open(new Uint8Array(32), sealed, 'context'));
  assert.throws(() => cryptography.open(key, sealed, 'elsewhere'));
});

test('a signature is that of its text and its key', () => {
  const key = cryptography.signingKey(new Uint8Array(32).fill(4));
  const signature = key.sign('text');
  assert.equal(cryptography.verifyingKey(key.x).verify('text', signature), true);
  assert.equal(key.verify('test', signature), false);
});

test('256 passwords wait for the two that are checked, and one more is turned away', async () => {
  const cheap = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA';
  const all = Array.from({ length: 300 }, () => cryptography.verifyPassword('x', cheap));
  const ends = await Promise.allSettled(all);
  const turnedAway = ends.filter(({ status }) => status === 'rejected');
  assert.equal(turnedAway.length, 300 - 2 - 256);
  for (const one of turnedAway)
    assert.equal((one as PromiseRejectedResult).reason.code, 'OVERLOADED');
  assert.equal(await cryptography.verifyPassword('x', cheap), false);
});
