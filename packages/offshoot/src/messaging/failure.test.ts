// Do messages that fail alike get the same fingerprint, and others another?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualRuntime } from '../testing/index.ts';
import type { Envelope } from './envelope.ts';
import { failureOf } from './failure.ts';

const runtime = manualRuntime();
const event = { partitionkey: 'ada', type: 'order.created.v1' } as Envelope;

const fingerprint = (message: string, given: Partial<Envelope> = {}, code = 'INTERNAL_ERROR') =>
  failureOf('shipping.orders', { ...event, ...given }, { code, message }, runtime).fingerprint;

test('ids, numbers, quoted words and the key do not tell two failures apart', () => {
  const alike = [
    ['order o-17 has 3 lines', 'order o-18 has 250 lines'],
    ['no row 0199f3a2-7b1c-7def-8a11-000000000001', 'no row 0199f3a2-7b1c-7def-8a11-0000000000ff'],
    ["nobody is called 'Ada Lovelace'", "nobody is called 'Grace'"],
    ['at orders=00000001.000000000012', 'at orders=00000002.000000000090'],
  ] as const;
  for (const [one, other] of alike) assert.equal(fingerprint(one), fingerprint(other), one);
  assert.equal(
    fingerprint('ada is unknown'),
    fingerprint('grace is unknown', { partitionkey: 'grace' }),
  );
});

test('another code, other words or another handler are another failure', () => {
  const some = fingerprint('the oven is cold');
  const others = [
    fingerprint('the oven is hot'),
    fingerprint('the oven is cold', {}, 'VALIDATION_FAILED'),
    fingerprint('the oven is cold', { type: 'order.cancelled.v1' }),
  ];
  for (const other of others) assert.notEqual(other, some);
  assert.equal(fingerprint('the oven is cold', { type: 'order.created.v2' }), some);
});

test('an apostrophe quotes nothing', () => {
  assert.notEqual(fingerprint("it can't find what isn't"), fingerprint("it can't eat what isn't"));
});
