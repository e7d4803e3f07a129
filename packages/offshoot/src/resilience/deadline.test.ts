import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualRuntime } from '../testing/index.ts';
import { deadline, inTime } from './index.ts';

const never = () => new Promise<never>(() => {});

test('a task in time gives its result and leaves no timer', async () => {
  const runtime = manualRuntime();
  const limit = deadline(runtime, 100);
  assert.equal(await limit.race('stock', Promise.resolve(3)), 3);
  limit.done();
  assert.equal(runtime.timers, 0);
});

test('a task out of time is DEADLINE_EXCEEDED, at the deadline and not before', async () => {
  const runtime = manualRuntime();
  const limit = deadline(runtime, 100);
  let ended = '';
  limit.race('stock', never()).catch(({ code }) => {
    ended = code;
  });
  await runtime.advance(99);
  assert.deepEqual([ended, limit.remaining(), limit.signal.aborted], ['', 1, false]);
  await runtime.advance(1);
  await runtime.settle();
  assert.deepEqual(
    [ended, limit.remaining(), limit.signal.aborted],
    ['DEADLINE_EXCEEDED', 0, true],
  );
});

test('all tasks that race one deadline end by it', async () => {
  const runtime = manualRuntime();
  const limit = deadline(runtime, 100);
  const races = ['a', 'b', 'c'].map((name) => limit.race(name, never()));
  const ended = Promise.allSettled(races);
  await runtime.advance(100);
  for (const result of await ended) assert.equal(result.status, 'rejected');
});

test('a task raced after the deadline fails at once', async () => {
  const runtime = manualRuntime();
  const limit = deadline(runtime, 100);
  await runtime.advance(200);
  await assert.rejects(limit.race('late', never()), { code: 'DEADLINE_EXCEEDED' });
});

test("a parent's end is the child's end, also when it ended before", async () => {
  const runtime = manualRuntime();
  const parent = new AbortController();
  const limit = deadline(runtime, 1_000, parent.signal);
  const race = limit.race('child', never());
  parent.abort();
  await assert.rejects(race, { code: 'DEADLINE_EXCEEDED' });
  assert.equal(limit.signal.aborted, true);
  assert.equal(deadline(runtime, 1_000, parent.signal).signal.aborted, true);
});

test('a rejection after the deadline is nobody’s unhandled rejection', async () => {
  const runtime = manualRuntime();
  const limit = deadline(runtime, 10);
  const { promise, reject } = Promise.withResolvers<never>();
  const race = limit.race('stock', promise);
  race.catch(() => {});
  await runtime.advance(10);
  reject(new Error('too late to matter'));
  await assert.rejects(race, { code: 'DEADLINE_EXCEEDED' });
  await runtime.settle();
});

test('one task alone is in time or DEADLINE_EXCEEDED, and leaves no timer', async () => {
  const runtime = manualRuntime();
  assert.equal(await inTime(runtime, 100, 'stock', async () => 3), 3);
  const failing = inTime(runtime, 100, 'stock', () => Promise.reject(new Error('no')));
  await assert.rejects(failing, { message: 'no' });
  const throwing = inTime(runtime, 100, 'stock', () => {
    throw new Error('at once');
  });
  await assert.rejects(throwing, { message: 'at once' });
  assert.equal(runtime.timers, 0);
  const { promise, reject } = Promise.withResolvers<never>();
  const late = inTime(runtime, 100, 'stock', () => promise);
  const ended = assert.rejects(late, { code: 'DEADLINE_EXCEEDED' });
  await runtime.advance(100);
  await ended;
  reject(new Error('too late to matter'));
  await runtime.settle();
});
