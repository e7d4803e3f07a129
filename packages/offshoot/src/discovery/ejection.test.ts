// Are outliers left alone for a while, and never too many of them?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ejectedMax, ejection } from './index.ts';

test('five failures in a row eject for thirty seconds; one success between them does not count', () => {
  let now = 0;
  const outliers = ejection({ clock: () => now });
  const fail = (times: number) => {
    for (let n = 0; n < times; n += 1) outliers.record('a', true, 3);
  };
  fail(4);
  outliers.record('a', false, 3);
  fail(4);
  assert.equal(outliers.isEjected('a'), false);
  fail(1);
  assert.equal(outliers.isEjected('a'), true);
  now = 29_999;
  assert.equal(outliers.isEjected('a'), true);
  now = 30_000;
  assert.equal(outliers.isEjected('a'), false);
});

test('each time again it stays out longer, up to a limit; good standing makes it shorter again', () => {
  let now = 0;
  const outliers = ejection({ clock: () => now, failuresMax: 1, ejectMsMax: 100_000 });
  const outFor = () => {
    assert.equal(outliers.record('a', true, 2), true);
    const from = now;
    while (outliers.isEjected('a')) now += 1_000;
    return now - from;
  };
  assert.deepEqual([outFor(), outFor(), outFor(), outFor()], [30_000, 60_000, 90_000, 100_000]);
  now += 90_000;
  assert.equal(outFor(), 60_000);
  now += 3_600_000;
  assert.equal(outFor(), 30_000);
});

test('answers to calls from before it was ejected change nothing', () => {
  let now = 0;
  const outliers = ejection({ clock: () => now, failuresMax: 2 });
  outliers.record('a', true, 3);
  outliers.record('a', true, 3);
  for (let n = 0; n < 10; n += 1) outliers.record('a', true, 3);
  now = 30_000;
  outliers.record('a', true, 3);
  assert.equal(outliers.isEjected('a'), false, 'it begins at nought');
});

const steps = fc.array(
  fc.record({
    id: fc.integer({ min: 0, max: 11 }),
    isFailure: fc.boolean(),
    passes: fc.constantFrom(0, 0, 0, 1_000, 40_000),
  }),
  { maxLength: 400 },
);

test('whatever happens, no more are out than may be: at least one, never all', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 12 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      steps,
      (peers, shareMax, all) => {
        let now = 0;
        const outliers = ejection({ clock: () => now, failuresMax: 2, shareMax });
        for (const { id, isFailure, passes } of all) {
          now += passes;
          outliers.record(`i${id % peers}`, isFailure, peers);
          const ids = Array.from({ length: peers }, (_, n) => `i${n}`);
          const out = ids.filter((one) => outliers.isEjected(one)).length;
          assert.equal(out, outliers.ejected);
          assert.ok(out <= ejectedMax(peers, shareMax), `${out} of ${peers} are out`);
          assert.ok(out < peers, 'never all');
        }
      },
    ),
  );
});

test('the floor: one of two, one of ten, two of twenty, none of one', () => {
  assert.deepEqual(
    [1, 2, 10, 20].map((peers) => ejectedMax(peers, 0.1)),
    [0, 1, 1, 2],
  );
});
