import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idempotencyKey } from './idempotency.ts';

test('a quoted key and a bare one are the same', () => {
  assert.equal(idempotencyKey('"a-1"'), 'a-1');
  assert.equal(idempotencyKey('a-1'), 'a-1');
  assert.equal(idempotencyKey(undefined), undefined);
});

test('a quoted key may escape quotes and backslashes and hold spaces', () => {
  assert.equal(idempotencyKey('"a \\"b\\" \\\\"'), 'a "b" \\');
});

test('255 characters are accepted, quoted or bare', () => {
  const longest = 'k'.repeat(255);
  assert.equal(idempotencyKey(longest), longest);
  assert.equal(idempotencyKey(`"${longest}"`), longest);
});

test('what is no key is refused', () => {
  const broken = [
    '',
    '""',
    '"',
    '"a',
    'a"',
    'a b',
    'a, b',
    '"a"b"',
    '"a\\"',
    '"a\\b"',
    'é',
    'a\nb',
  ];
  for (const header of [...broken, 'k'.repeat(256), `"${'k'.repeat(256)}"`, 'k'.repeat(10_000)])
    assert.throws(() => idempotencyKey(header), { code: 'VALIDATION_FAILED' }, header);
});
