import assert from 'node:assert/strict';
import { test } from 'node:test';
import { manualRuntime } from '../testing/index.ts';
import { chore } from './chore.ts';

const MS = 250;
const unexpected = (error: unknown): void => assert.fail(String(error));

test('housekeeping runs once for many wakes, and not again while there is nothing to do', async () => {
  const runtime = manualRuntime();
  let runs = 0;
  const one = chore(
    runtime,
    MS,
    async () => {
      runs += 1;
      return false;
    },
    unexpected,
  );
  one.wake();
  one.wake();
  await runtime.advance(10 * MS);
  assert.equal(runs, 1);
});

test('what comes while housekeeping runs is not left lying', async () => {
  const runtime = manualRuntime();
  let runs = 0;
  const one = chore(
    runtime,
    MS,
    async () => {
      runs += 1;
      if (runs === 1) one.wake();
      return false;
    },
    unexpected,
  );
  one.wake();
  await runtime.advance(10 * MS);
  assert.equal(runs, 2);
});

test('housekeeping that fails is told, and tried again until it is stopped', async () => {
  const runtime = manualRuntime();
  const told: unknown[] = [];
  const one = chore(
    runtime,
    MS,
    () => Promise.reject(new Error('no')),
    (error) => told.push(error),
  );
  one.wake();
  await runtime.advance(3 * MS);
  const before = told.length;
  assert.ok(before >= 2, `${before} times`);
  one.stop();
  await runtime.advance(10 * MS);
  assert.equal(told.length, before);
});
