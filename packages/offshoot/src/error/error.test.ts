import assert from 'node:assert/strict';
import { test } from 'node:test';
import { golden } from '../testing/index.ts';
import { asOffshootError, CODES, isAvailability, OffshootError, problemType } from './index.ts';

test('the table of codes is pinned: status, retryable, availability and type', () => {
  const rows = Object.entries(CODES).map(([name, { status, retryable }]) => [
    name,
    { status, retryable, availability: isAvailability(name), type: problemType(name) },
  ]);
  golden(import.meta.url, 'codes', Object.fromEntries(rows));
});

test('an availability error may be tried again', () => {
  for (const [name, { retryable }] of Object.entries(CODES))
    if (isAvailability(name)) assert.equal(retryable, true, name);
});

test('an error knows whether to try again', () => {
  const error = new OffshootError('UNAVAILABLE', 'inventory did not answer; try again');
  assert.equal(error.retryable, true);
  assert.equal(new OffshootError('UNAVAILABLE', 'm', { retryable: false }).retryable, false);
});

test('an error survives a journal or a wire, without its cause', () => {
  const cause = new Error('secret');
  const details = { field: 'n' };
  const sent = JSON.stringify(new OffshootError('FORBIDDEN', 'no', { cause, details }));
  assert.ok(!sent.includes('secret'));
  const revived = OffshootError.from(JSON.parse(sent));
  assert.deepEqual(
    [revived.code, revived.message, revived.retryable, revived.details],
    ['FORBIDDEN', 'no', false, details],
  );
});

test('a code that nobody knows is a bad upstream, also one that every object has', () => {
  for (const code of ['STRANGE', 'toString', 'constructor', '__proto__'])
    assert.equal(OffshootError.from({ code, message: 'm', retryable: false }).code, 'BAD_UPSTREAM');
});

test('whatever was thrown becomes an error with a code and its cause', () => {
  const mine = new OffshootError('CONFLICT', 'm');
  assert.equal(asOffshootError(mine), mine);
  const bug = new TypeError('x is undefined');
  assert.deepEqual(
    [asOffshootError(bug).code, asOffshootError(bug).cause],
    ['INTERNAL_ERROR', bug],
  );
  assert.equal(asOffshootError('text').message, 'text');
});
