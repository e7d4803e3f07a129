import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BreakerChange, type BreakerRules, breaker, classic, REFUSED } from './index.ts';

function setting(rules: BreakerRules = {}) {
  let now = 0;
  const changes: BreakerChange[] = [];
  const options = { name: 'upstream', clock: () => now, random: () => 0, ...rules };
  const made = breaker({ ...options, onChange: (change) => changes.push(change) });
  const call = (outcome: 'success' | 'failure' | 'unknown', tookMs = 1): boolean => {
    const permit = made.enter(now);
    if (permit === REFUSED) return false;
    made.leave(permit, outcome, now, tookMs);
    return true;
  };
  return {
    ...{ made, changes, call },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

const RATE = { percent: 50, callsMin: 10, windowMs: 1_000 };

test('half of at least ten calls failed: open; half of nine: closed', () => {
  const { made, call } = setting({ failuresMax: Number.POSITIVE_INFINITY, failureRate: RATE });
  for (let one = 0; one < 9; one += 1) call(one < 4 ? 'success' : 'failure');
  assert.equal(made.state, 'closed');
  call('failure');
  assert.equal(made.state, 'open');
  assert.match(made.look().lastChange!.reason, /6 of 10 calls failed/);
});

test('failures that are older than the window are forgotten', () => {
  const { made, call, pass } = setting({
    failuresMax: Number.POSITIVE_INFINITY,
    failureRate: RATE,
  });
  for (let one = 0; one < 9; one += 1) call('failure');
  pass(1_100);
  for (let one = 0; one < 9; one += 1) call('success');
  call('failure');
  assert.equal(made.state, 'closed');
});

test('calls that are slow open it though all succeed; a slow probe does not close it', () => {
  const { made, call, pass } = setting({ slowRate: { ...RATE, overMs: 100 } });
  for (let one = 0; one < 10; one += 1) call('success', one % 2 === 0 ? 100 : 101);
  assert.equal(made.state, 'open');
  pass(1_000);
  call('success', 500);
  assert.equal(made.state, 'open');
  pass(2_000);
  call('success', 5);
  assert.equal(made.state, 'closed');
});

test('who forces it decides, and what was begun before does not count after', () => {
  const { made, call } = setting({ failuresMax: 1 });
  const before = made.enter(0);
  made.force('open');
  assert.equal(call('success'), false);
  assert.equal(made.look().forced, 'open');
  made.force('closed');
  for (let one = 0; one < 100; one += 1) assert.equal(call('failure'), true);
  made.force(undefined);
  assert.equal(made.state, 'closed');
  made.leave(before, 'failure', 0, 1);
  assert.equal(made.state, 'closed');
  call('failure');
  assert.equal(made.state, 'open');
  made.reset();
  assert.equal(made.state, 'closed');
});

test('it says each change once, with the reason', () => {
  const { made, call, pass, changes } = setting({ failuresMax: 2 });
  call('failure');
  call('failure');
  pass(1_000);
  assert.equal(made.state, 'half-open');
  call('success');
  const said = changes.map(({ from, to, reason, atMs }) => `${from} → ${to} at ${atMs}: ${reason}`);
  assert.deepEqual(said, [
    'closed → open at 0: 2 failures in a row',
    'open → half-open at 1000: it was open for long enough',
    'half-open → closed at 1000: 1 of 1 probes succeeded',
  ]);
});

test('a probe that says nothing does not keep everybody out for ever', () => {
  const { made, call, pass } = setting({ failuresMax: 1, probeMsMax: 5_000 });
  call('failure');
  pass(1_000);
  const silent = made.enter(1_000);
  pass(5_001);
  assert.equal(call('success'), false);
  pass(2_000);
  assert.equal(call('success'), true);
  assert.equal(made.state, 'closed');
  made.leave(silent, 'failure', 8_001, 7_001);
  assert.equal(made.state, 'closed');
});

test('classic: five failures, half a minute open each time, two successes', () => {
  const { made, call, pass } = setting(classic);
  for (let time = 0; time < 2; time += 1) {
    for (let one = 0; one < (time === 0 ? 5 : 1); one += 1) {
      assert.notEqual(made.state, 'open');
      call('failure');
    }
    assert.equal(made.state, 'open');
    pass(29_999);
    assert.equal(made.state, 'open');
    pass(1);
    assert.equal(made.state, 'half-open');
  }
  call('success');
  assert.equal(made.state, 'half-open');
  call('success');
  assert.equal(made.state, 'closed');
});

test('a rate that could never be met is a mistake of who wrote it', () => {
  const bad = { failureRate: { percent: 0, callsMin: 1, windowMs: 10 } };
  assert.throws(() => setting(bad), { code: 'BAD_DEFINITION' });
});
