// Is a process that dies started again, sooner or later, and not for ever?
import assert from 'node:assert/strict';
import test from 'node:test';
import { restartPolicy } from './restart-policy.ts';

test('a process that served comes back at once, ten times in a minute', () => {
  const died = restartPolicy();
  for (let n = 1; n <= 10; n += 1)
    assert.deepEqual(died({ at: n * 5_000, livedMs: 4_000, wasReady: true }), { restartInMs: 0 });
});

test('a process that dies young waits longer each time, up to five seconds', () => {
  const died = restartPolicy();
  const waits = [1, 2, 3, 4, 5, 6, 7, 8].map((n) =>
    died({ at: n * 10_000, livedMs: 200, wasReady: true }),
  );
  const expected = [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000];
  assert.deepEqual(
    waits,
    expected.map((restartInMs) => ({ restartInMs })),
  );
});

test('five deaths in a row before it was ready are the end', () => {
  const died = restartPolicy();
  for (let n = 1; n <= 4; n += 1)
    assert.ok('restartInMs' in died({ at: n, livedMs: 1, wasReady: false }));
  const verdict = died({ at: 5, livedMs: 1, wasReady: false });
  assert.deepEqual(verdict, { giveUp: 'it died 5 times before it was ready' });
});

test('more than twenty deaths in a minute are the end, spread over hours they are not', () => {
  const [often, seldom] = [restartPolicy(), restartPolicy()];
  for (let n = 1; n <= 20; n += 1)
    assert.ok('restartInMs' in often({ at: n * 2_000, livedMs: 1_500, wasReady: true }));
  const verdict = often({ at: 42_000, livedMs: 1_500, wasReady: true });
  assert.deepEqual(verdict, { giveUp: 'it died 21 times in a minute' });
  for (let n = 1; n <= 100; n += 1)
    assert.ok('restartInMs' in seldom({ at: n * 60_000, livedMs: 50_000, wasReady: true }));
});
