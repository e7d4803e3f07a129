import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cheapCryptography } from './cheap-cryptography.ts';
import { random } from './random.ts';

const key = new Uint8Array(32).fill(3);

test('a cheap seal hides its text, opens for its key and place alone, and shows every change', () => {
  const cheap = cheapCryptography(random(1n));
  const sealed = cheap.seal(key, 'Zephyrine', 'people/1/name');
  assert.equal(cheap.open(key, sealed, 'people/1/name'), 'Zephyrine');
  assert.ok(!Buffer.from(sealed.bytes).toString('latin1').includes('Zephyrine'));
  assert.throws(() => cheap.open(new Uint8Array(32).fill(4), sealed, 'people/1/name'));
  assert.throws(() => cheap.open(key, sealed, 'people/2/name'));
  const altered = Uint8Array.from(sealed.bytes, (byte, at) => (at === 0 ? byte ^ 1 : byte));
  assert.throws(() => cheap.open(key, { ...sealed, bytes: altered }, 'people/1/name'));
  const again = cheap.seal(key, 'Zephyrine', 'people/1/name');
  assert.notDeepEqual(again.bytes, sealed.bytes, 'the same text looks different each time');
});
