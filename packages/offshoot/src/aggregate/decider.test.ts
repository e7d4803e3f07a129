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

const failed = (expectation: () => void): string => {
  let message = '';
  assert.throws(expectation, (error: Error) => {
    assert.ok(error instanceof assert.AssertionError);
    message = error.message;
    return true;
  });
  return message;
};

test('an expectation that does not hold fails its test', () => {
  const asked = given(counter, [counted(1)]).when(1);
  failed(() => asked.thenDecides([counted(2)]));
  failed(() => asked.thenState(3));
  failed(() => asked.thenNothing());
  failed(() => asked.thenRefuses('TOO_HIGH'));
  failed(() => given(counter, [counted(1)]).thenState(2));
  failed(() =>
    given(counter, [counted(9)])
      .when(1)
      .thenState(10),
  );
  failed(() =>
    given(counter, [counted(9)])
      .when(1)
      .thenRefuses('TOO_LOW'),
  );
  given(counter, [counted(9)])
    .when(1)
    .thenRefuses('TOO_HIGH');
});

test('a planted defect is told as a story: what was given, asked, expected, and what came', () => {
  const off = decider({ ...counter, decide: (by: number) => [counted(by + 1)] });
  const story = failed(() =>
    given(off, [counted(2)])
      .when(3)
      .thenDecides([counted(3)]),
  );
  const lines = ['given', '  counted {"by":2}', 'when', '  3', 'then', '  counted {"by":3}'];
  const told = [...lines, 'but it was', '  counted {"by":4}'].join('\n');
  assert.equal(story.slice(0, told.length), told);
});

test('trap 48: an unknown event type fails loudly, also one that every object has', () => {
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

test('an event of years ago is upcast before it is evolved, and of a newer release it is not read', () => {
  const upcasts = { 1: ({ step, ...rest }: any) => ({ ...rest, by: step }) };
  const grown = decider({ ...counter, events: [{ type: 'counted', version: 2, upcasts }] });
  given(grown, [{ type: 'counted', schema: 1, data: { step: 2 } }, counted(3)]).thenState(5);
  const newer = [{ type: 'counted', schema: 3, data: { by: 1 } }];
  assert.throws(() => fold(grown, newer), /counted v3 is newer than v2/);
});
