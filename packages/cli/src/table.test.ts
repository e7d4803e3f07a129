// Does a person see each record on a line of its own, in straight columns?
import assert from 'node:assert/strict';
import test from 'node:test';
import { table } from './table.ts';

test('shows each field in a column, nested values side by side, nothing as a dash', () => {
  const amount = { amount: 500, currency: 'EUR' };
  const shown = table([
    { kind: 'stray_charge', amount, since: null },
    { kind: 'a', amount: null, since: 'now' },
  ]);
  assert.deepEqual(shown.split('\n'), [
    'kind          amount   since',
    'stray_charge  500 EUR  -',
    'a             -        now',
  ]);
});

test('shows the head where a record lacks a field', () => {
  assert.deepEqual(table([{ a: 1 }, { b: 2 }]).split('\n'), ['a  b', '1  -', '-  2']);
});
