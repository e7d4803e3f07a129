// Is what a store remembers of itself the newest, and bounded?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recent } from './recent.ts';

test('what was set last is known, and after a clear nothing is', () => {
  const known = recent<number>();
  known.set('a', 1);
  known.set('a', 2);
  assert.equal(known.get('a'), 2);
  known.delete('a');
  assert.equal(known.get('a'), undefined);
  known.set('b', 3);
  known.clear();
  assert.equal(known.get('b'), undefined);
});

test('what nobody asks for is forgotten, what is asked for stays, and a new value wins over an old', () => {
  const known = recent<number>();
  known.set('asked', 0);
  known.set('unasked', 0);
  for (let key = 0; key < 20_000; key += 1) {
    known.set(`other/${key}`, key);
    if (key % 1_000 === 0) assert.equal(known.get('asked'), 0);
  }
  assert.equal(known.get('unasked'), undefined);
  known.set('asked', 1);
  assert.equal(known.get('asked'), 1);
});

test('heavy values make room earlier', () => {
  const known = recent<string>((text) => text.length);
  for (let key = 0; key < 5; key += 1) known.set(`${key}`, 'x'.repeat(600_000));
  assert.equal(known.get('0'), undefined);
  assert.equal(known.get('4')?.length, 600_000);
});
