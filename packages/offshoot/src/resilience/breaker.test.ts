import assert from 'node:assert/strict';
import { test } from 'node:test';
import { breaker } from './index.ts';

const failure = new Error('500');

function setting(options: { successesMin?: number; failuresMax?: number } = {}) {
  let now = 0;
  const made = breaker({ name: 'upstream', clock: () => now, random: () => 0, ...options });
  const fail = () => made.run(() => Promise.reject(failure)).catch(() => {});
  const succeed = () => made.run(async () => 'ok');
  const fails = async (times: number) => {
    for (let time = 0; time < times; time += 1) await fail();
  };
  return {
    ...{ made, fail, succeed, fails },
    pass: (ms: number) => {
      now += ms;
    },
  };
}

/** A task that ends when the test says so. */
function held<T>() {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  return { task: () => promise, resolve, reject };
}

test('opens after seven failures in a row, and then calls nobody', async () => {
  const { made, fails, succeed } = setting();
  await fails(6);
  await succeed();
  await fails(6);
  assert.equal(made.state, 'closed');
  await fails(1);
  assert.equal(made.state, 'open');
  let called = false;
  const call = made.run(async () => {
    called = true;
  });
  await assert.rejects(call, { code: 'CIRCUIT_OPEN' });
  assert.equal(called, false);
});

test('half-open, one of two successes: still half-open', async () => {
  const { made, fails, succeed, pass } = setting({ successesMin: 2 });
  await fails(7);
  pass(1_000);
  assert.equal(made.state, 'half-open');
  await succeed();
  assert.equal(made.state, 'half-open');
  await succeed();
  assert.equal(made.state, 'closed');
});

test('successes before a failed probe do not count later', async () => {
  const { made, fails, succeed, pass } = setting({ successesMin: 2 });
  await fails(7);
  pass(1_000);
  await succeed();
  await fails(1);
  pass(2_000);
  await succeed();
  assert.equal(made.state, 'half-open');
});

test('of a hundred callers after the reset one reaches the upstream', async () => {
  const { made, fails, pass } = setting();
  await fails(7);
  pass(1_000);
  const probe = held<string>();
  let reached = 0;
  const calls = Array.from({ length: 100 }, () =>
    made.run(() => {
      reached += 1;
      return probe.task();
    }),
  );
  probe.resolve('ok');
  const results = await Promise.allSettled(calls);
  assert.equal(reached, 1);
  assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  assert.equal(made.state, 'closed');
});

test('a late success of a call from before does not close an open breaker', async () => {
  const { made, fails, pass } = setting();
  const slow = held<string>();
  const call = made.run(slow.task);
  await fails(7);
  pass(1_000);
  slow.resolve('ok');
  await call;
  assert.equal(made.state, 'half-open');
  await assert.doesNotReject(made.run(async () => 'probe'));
  assert.equal(made.state, 'closed');
});

test('twenty failures in flight open it once: one probe, at the first time', async () => {
  const { made, pass } = setting();
  const calls = Array.from({ length: 20 }, () => held<string>());
  const running = calls.map(({ task }) => made.run(task).catch(() => {}));
  for (const { reject } of calls) reject(failure);
  await Promise.all(running);
  assert.equal(made.state, 'open');
  pass(999);
  assert.equal(made.state, 'open');
  pass(1);
  assert.equal(made.state, 'half-open');
});

test('a thousand answers that are no failures leave it closed', async () => {
  const { made } = setting({ failuresMax: 5 });
  const notFound = new Error('404');
  for (let call = 0; call < 1_000; call += 1)
    await made
      .run(
        () => Promise.reject(notFound),
        (error) => error !== notFound,
      )
      .catch(() => {});
  assert.equal(made.state, 'closed');
});

test('each failed probe doubles the time open, up to a minute, and success resets it', async () => {
  const { made, fails, pass, succeed } = setting();
  await fails(7);
  for (const ms of [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]) {
    pass(ms - 1);
    assert.equal(made.state, 'open');
    pass(1);
    assert.equal(made.state, 'half-open');
    await fails(1);
  }
  pass(60_000);
  await succeed();
  await fails(7);
  pass(1_000);
  assert.equal(made.state, 'half-open');
});

test('a task that throws before it returns a promise counts like any other', async () => {
  const { made } = setting({ failuresMax: 1 });
  const call = made.run(() => {
    throw failure;
  });
  await assert.rejects(call, failure);
  assert.equal(made.state, 'open');
});
