// Is a process that dies started again, sooner or later, and not for ever?
import assert from 'node:assert/strict';
import test from 'node:test';
import { restartPolicy } from './restart-policy.ts';

test('a process that was ready comes back at once, ten times in a minute', () => {
  const died = restartPolicy();
  for (let n = 1; n <= 10; n += 1)
    assert.deepEqual(died({ at: n * 500, wasReady: true }), { restartInMs: 0 });
});

test('a process that was not ready waits longer each time, and five times are the end', () => {
  const died = restartPolicy();
  const verdicts = [1, 2, 3, 4, 5].map((at) => died({ at, wasReady: false }));
  assert.deepEqual(verdicts, [
    { restartInMs: 100 },
    { restartInMs: 200 },
    { restartInMs: 400 },
    { restartInMs: 800 },
    { giveUp: 'it died 5 times before it was ready' },
  ]);
});

test('being ready once makes good for the deaths before', () => {
  const died = restartPolicy();
  for (let n = 1; n <= 4; n += 1) died({ at: n, wasReady: false });
  died({ at: 5, wasReady: true });
  assert.deepEqual(died({ at: 6, wasReady: false }), { restartInMs: 100 });
});

test('more than twenty deaths in a minute are the end, spread over hours they are not', () => {
  const [often, seldom] = [restartPolicy(), restartPolicy()];
  for (let n = 1; n <= 20; n += 1)
    assert.ok('restartInMs' in often({ at: n * 2_000, wasReady: true }));
  const verdict = often({ at: 42_000, wasReady: true });
  assert.deepEqual(verdict, { giveUp: 'it died 21 times in a minute' });
  for (let n = 1; n <= 100; n += 1)
    assert.ok('restartInMs' in seldom({ at: n * 60_000, wasReady: true }));
});
