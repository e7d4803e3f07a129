import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refuse } from '../contract/index.ts';
import { append, privateEvent } from '../store/index.ts';
import { bench, given, manualRuntime, testStamp } from '../testing/index.ts';
import { decider, fold, state } from './index.ts';

const counter = decider({
  initial: 0,
  decide: (by: number, sum: number) => {
    if (by < 0) throw new RangeError('only up');
    return sum + by > 9 ? refuse('TOO_HIGH') : [{ type: 'counted', data: { by } }];
  },
  evolve: {
    counted: (sum: number, { by }: { by: number }) => sum + by,
    reset: () => 0,
  },
});

const counted = (by: number) => ({ type: 'counted', data: { by } });

test('a state is the fold of its events', () => {
  given(counter).thenState(0);
  given(counter, [counted(2), counted(3)]).thenState(5);
  given(counter, [counted(2), { type: 'reset', data: {} }]).thenState(0);
});

test('a decision sees the state, and its events move it on', () => {
  given(counter, [counted(2)])
    .when(3)
    .thenDecides([counted(3)]);
  given(counter, [counted(2)])
    .when(3)
    .thenState(5);
  given(counter, [counted(8)])
    .when(3)
    .thenDecides(refuse('TOO_HIGH'));
  given(counter).when(-1).thenThrows(RangeError);
  given(counter)
    .when(1)
    .thenCheck((decided) => assert.ok(Array.isArray(decided)));
});

test('an expectation that does not hold fails its test', () => {
  assert.throws(
    () =>
      given(counter)
        .when(1)
        .thenDecides([counted(2)]),
    assert.AssertionError,
  );
  assert.throws(() => given(counter).when(1).thenState(2), assert.AssertionError);
  assert.throws(() => given(counter, [counted(1)]).thenState(2), assert.AssertionError);
  assert.throws(
    () =>
      given(counter, [counted(9)])
        .when(1)
        .thenState(10),
    assert.AssertionError,
  );
});

test('an unknown event type fails loudly, also one that every object has', () => {
  for (const type of ['forgotten', 'constructor', 'toString'])
    assert.throws(() => fold(counter, [{ type, data: {} }]), /does not know the event/);
});

test('a state is loaded from its stream with its version', async () => {
  const { store } = bench({ runtime: manualRuntime() });
  assert.deepEqual(store.load(state(counter, 'counter/a')), { state: 0, version: 0 });
  const events = [privateEvent('counted', { by: 2 }), privateEvent('counted', { by: 3 })];
  const change = { appends: [append('counter/a', events)], documents: [], stamp: testStamp() };
  await store.stage(change, store.failures);
  assert.deepEqual(store.load(state(counter, 'counter/a')), { state: 5, version: 2 });
});
