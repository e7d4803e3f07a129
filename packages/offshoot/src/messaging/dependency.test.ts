// Does a failure name who was asked, and only where the asking failed?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyone, contract, jsonSchema, outside, query } from '../contract/index.ts';
import { asOffshootError, OffshootError } from '../error/index.ts';
import type { EventReach } from '../store/index.ts';
import { waitsFor, withNames } from './dependency.ts';

const any = jsonSchema<object>({ type: 'object' });
const mill = contract('mill', {
  version: 1,
  operations: { grind: query('GET /flour', { input: any, output: any, access: anyone() }) },
  events: {},
});
const bank = outside('bank', {
  idempotent: 'at-least-once',
  calls: { charge: { input: any, output: any } },
});

const failing = (error: unknown) => {
  const fail = async () => {
    throw error;
  };
  const reach = { ask: fail, outside: () => ({ charge: fail }) } as unknown as EventReach;
  return withNames(reach);
};
const away = new OffshootError('CIRCUIT_OPEN', 'the circuit is open');

const thrownBy = (promise: Promise<unknown>) =>
  promise.then(
    () => assert.fail('nothing was thrown'),
    (error: unknown) => error,
  );

test('a service or an outside port that is away is named', async () => {
  const asked = await thrownBy(failing(away).ask(mill.grind, {}));
  assert.equal(waitsFor(asked), 'mill: the circuit is open');
  const charged = await thrownBy(failing(away).outside(bank).charge({}));
  assert.equal(waitsFor(charged), 'bank: the circuit is open');
  assert.equal(asOffshootError(charged).code, 'CIRCUIT_OPEN');
});

test('who was asked first keeps the blame, and a failure about the message stays as it is', async () => {
  const inner = await thrownBy(failing(away).ask(mill.grind, {}));
  assert.equal(waitsFor(await thrownBy(failing(inner).outside(bank).charge({}))), waitsFor(inner));
  const bug = new TypeError('x is undefined');
  assert.equal(await thrownBy(failing(bug).ask(mill.grind, {})), bug);
});

test('without a name the reader’s own is used, once', () => {
  assert.equal(waitsFor(away, 'bakery'), 'bakery: the circuit is open');
  const named = new OffshootError('UNAVAILABLE', 'bakery does not answer');
  assert.equal(waitsFor(named, 'bakery'), 'bakery does not answer');
  assert.equal(waitsFor(away), 'the circuit is open');
});
