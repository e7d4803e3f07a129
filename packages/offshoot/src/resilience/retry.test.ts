import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OffshootError } from '../error/index.ts';
import { manualRuntime } from '../testing/index.ts';
import { asRetried, backoffMs, isRetryable, retriedBelow, retry, retryBudget } from './index.ts';

const away = (details = {}) => new OffshootError('UNAVAILABLE', 'away', { details });

test('in any window retries stay within the share of calls, or the reserve', () => {
  const event = fc.record({ ms: fc.nat(300), calls: fc.nat(5), retries: fc.nat(5) });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), (events) => {
      const budget = retryBudget({ percent: 10, perSecond: 1, windowMs: 10_000 });
      const spent: number[] = [];
      const made: number[] = [];
      let now = 0;
      for (const { ms, calls, retries } of events) {
        now += ms;
        for (let one = 0; one < calls; one += 1) {
          budget.earn(now);
          made.push(now);
        }
        for (let one = 0; one < retries; one += 1) if (budget.spend(now)) spent.push(now);
        const from = (Math.floor(now / 1_000) - 9) * 1_000;
        const recent = (all: readonly number[]) => all.filter((at) => at >= from).length;
        assert.ok(recent(spent) <= Math.max(recent(made) * 0.1, 10) + 1e-9);
      }
    }),
  );
});

test('retries that others made below are paid here too', () => {
  const budget = retryBudget({ perSecond: 0 });
  for (let call = 0; call < 100; call += 1) budget.earn(0);
  budget.charge(0, 9);
  assert.deepEqual([budget.spend(0), budget.spend(0)], [true, false]);
  assert.deepEqual(budget.look(0), { calls: 100, retries: 10, denied: 1 });
});

test('waits lie between the shortest and three times the last, and at most the longest', () => {
  const numbers = fc.tuple(fc.nat(5_000), fc.double({ min: 0, max: 0.999, noNaN: true }));
  fc.assert(
    fc.property(numbers, ([before, drawn]) => {
      const ms = backoffMs({ minMs: 50, maxMs: 2_000 }, before, () => drawn);
      return ms >= 50 && ms <= Math.min(2_000, Math.max(50, before * 3));
    }),
  );
});

test('what the callee asked for is waited at least', () => {
  assert.equal(
    backoffMs({}, 0, () => 0, away({ retryAfterMs: 1_500 })),
    1_500,
  );
});

test('a failure that somebody below has judged is not tried again by anybody above', () => {
  const judged = asRetried(away(), 2);
  assert.deepEqual([judged.code, retriedBelow(judged)], ['UNAVAILABLE', 2]);
  assert.equal(retriedBelow(asRetried(judged, 1)), 3);
  assert.deepEqual([isRetryable(away()), isRetryable(judged)], [true, false]);
  assert.equal(isRetryable(OffshootError.from(judged.toJSON())), false, 'over a wire too');
});

test('alone: tries again until it succeeds, and never for what is no matter of the moment', async () => {
  const runtime = manualRuntime();
  const attempts: number[] = [];
  const flaky = retry(
    async (attempt) => {
      attempts.push(attempt);
      if (attempt < 3) throw away();
      return attempt;
    },
    { runtime },
  );
  await runtime.advance(5_000);
  assert.equal(await flaky, 3);
  const forbidden = async () => {
    attempts.push(0);
    throw new OffshootError('FORBIDDEN', 'no');
  };
  await assert.rejects(retry(forbidden, { runtime }), { code: 'FORBIDDEN' });
  assert.deepEqual(attempts, [1, 2, 3, 0]);
});

test('alone: never begins after the deadline, nor without budget', async () => {
  const runtime = manualRuntime();
  let attempts = 0;
  const failing = async () => {
    attempts += 1;
    throw away({ retryAfterMs: 10_000 });
  };
  await assert.rejects(retry(failing, { runtime, deadlineMs: 5_000 }), { code: 'UNAVAILABLE' });
  assert.equal(attempts, 1);
  const spending = retryBudget({ perSecond: 0 });
  const poor = async () => {
    attempts += 1;
    throw away();
  };
  await assert.rejects(retry(poor, { runtime, spending }), { code: 'UNAVAILABLE' });
  assert.equal(attempts, 2);
});
