import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OffshootError } from './offshoot-error.ts';
import { problem } from './problem.ts';

test('a problem names its type, status, code and whether to try again', () => {
  const body = problem(new OffshootError('CONFLICT', 'the order changed; read it again'), {
    instance: '/api/v1/orders/1',
    traceId: 'abc',
  });
  assert.deepEqual(body, {
    type: 'https://offshoot.dev/errors/CONFLICT',
    title: 'Somebody else changed the same thing first',
    status: 409,
    detail: 'the order changed; read it again',
    instance: '/api/v1/orders/1',
    code: 'CONFLICT',
    retryable: true,
    traceId: 'abc',
  });
});

test('a 5xx shows neither message, details nor cause', () => {
  for (const code of ['INTERNAL_ERROR', 'UNAVAILABLE', 'BAD_UPSTREAM'] as const) {
    const error = new OffshootError(code, 'secret', {
      details: { errors: ['secret'] },
      cause: 'secret',
    });
    assert.ok(!JSON.stringify(problem(error)).includes('secret'), code);
  }
});

test('a code that has no place in HTTP is an internal error, an unknown one a bad upstream', () => {
  const body = problem(new OffshootError('STORE_CORRUPT', 'row 7'));
  assert.deepEqual([body.status, body.code, body.retryable], [500, 'INTERNAL_ERROR', false]);
  const strange = problem({ code: 'toString', message: 'x', retryable: true });
  assert.equal(strange.code, 'BAD_UPSTREAM');
});

test('VALIDATION_FAILED carries its errors and nothing else of its details', () => {
  const errors = [{ detail: 'too small', pointer: '#/quantity' }];
  const details = { errors, other: 1 };
  const body = problem(new OffshootError('VALIDATION_FAILED', 'does not fit', { details }));
  assert.deepEqual(body.errors, errors);
  assert.ok(!('other' in body));
});

test('a refusal has the status and the data of its contract', () => {
  const body = problem({ code: 'OUT_OF_STOCK', status: 409, data: { sku: 'KIT-1' } });
  assert.equal(body.title, 'Out of stock');
  assert.equal(body.retryable, false);
  assert.deepEqual(body.data, { sku: 'KIT-1' });
});
