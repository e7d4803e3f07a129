import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { OffshootError } from '../error/index.ts';
import { manualRuntime } from '../testing/index.ts';
import {
  type Attempt,
  breaker,
  bulkhead,
  type Endpoint,
  fallback,
  fixed,
  type PipelineOptions,
  pipeline,
  retriedBelow,
  shedder,
} from './index.ts';

const away = () => new OffshootError('UNAVAILABLE', 'away');
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'ok',
    (error: unknown) => (error as OffshootError).code,
  );

function setting<E extends Endpoint = Endpoint>(options: Partial<PipelineOptions<E>> = {}) {
  const runtime = manualRuntime();
  const made = pipeline<E>({ name: 'users', runtime, ...options });
  return { runtime, made };
}

const repeatable = true;

test('what succeeds comes through as it is, and is asked once', async () => {
  const { made } = setting();
  const seen: number[] = [];
  const answer = await made.run(async ({ number }) => {
    seen.push(number);
    return 'ada';
  });
  assert.deepEqual([answer, seen], ['ada', [1]]);
  assert.deepEqual([made.look().calls, made.look().retries], [1, 0]);
});

test('only what may be repeated is tried again, twice at most, and the failure says so', async () => {
  const { runtime, made } = setting();
  const asked = { once: 0, again: 0 };
  const once = made.run(async () => {
    asked.once += 1;
    throw away();
  });
  await assert.rejects(once, { code: 'UNAVAILABLE' });
  const again = made.run(
    async () => {
      asked.again += 1;
      throw away();
    },
    { repeatable },
  );
  const failed = again.catch((error: unknown) => error);
  await runtime.advance(5_000);
  assert.deepEqual(asked, { once: 1, again: 3 });
  assert.equal(retriedBelow(await failed), 2);
});

test('what is made for a retry of somebody above, or was judged below, is not tried again', async () => {
  const { runtime, made } = setting();
  let asked = 0;
  const failing = async () => {
    asked += 1;
    throw away();
  };
  const judged = async () => {
    asked += 1;
    throw new OffshootError('UNAVAILABLE', 'away', { details: { retried: 0 } });
  };
  const first = codeOf(made.run(failing, { repeatable, attempt: 2 }));
  const second = codeOf(made.run(judged, { repeatable }));
  await runtime.advance(5_000);
  assert.deepEqual([await first, await second, asked], ['UNAVAILABLE', 'UNAVAILABLE', 2]);
});

test('a failure that is no matter of the moment is thrown on as it came', async () => {
  const { made } = setting();
  const bug = new TypeError('bug');
  const thrown = made.run(
    () => {
      throw bug;
    },
    { repeatable },
  );
  await assert.rejects(thrown, (error) => error === bug);
});

test('at the deadline the call ends, its attempt is told, and no retry follows', async () => {
  const { runtime, made } = setting({ deadlineMs: 100 });
  const attempts: Attempt[] = [];
  const call = codeOf(
    made.run(
      (attempt) => {
        attempts.push(attempt);
        void attempt.signal; // made on demand
        return new Promise<never>(() => {});
      },
      { repeatable, remainingMs: 60 },
    ),
  );
  await runtime.advance(59);
  assert.deepEqual([attempts[0]!.remainingMs(), attempts[0]!.signal.aborted], [1, false]);
  await runtime.advance(1);
  assert.equal(await call, 'DEADLINE_EXCEEDED');
  assert.deepEqual([attempts.length, attempts[0]!.signal.aborted], [1, true]);
  assert.equal(made.look().deadlines, 1);
});

test('an attempt that takes too long is given up and another one begins', async () => {
  const { runtime, made } = setting({ attemptMs: 100 });
  const call = made.run(
    ({ number }) => (number === 1 ? new Promise<never>(() => {}) : Promise.resolve(number)),
    { repeatable },
  );
  await runtime.advance(300);
  assert.equal(await call, 2);
});

test('a call with next to no time left is not begun', async () => {
  const { made } = setting();
  const call = made.run(async () => assert.fail('begun'), { remainingMs: 1 });
  assert.equal(await codeOf(call), 'DEADLINE_EXCEEDED');
});

test('half of twenty calls failed: the next is not made, and is told when to come again', async () => {
  const { made } = setting();
  for (let call = 0; call < 20; call += 1)
    await codeOf(
      made.run(async () => {
        if (call % 2) throw away();
      }),
    );
  const refused = made.run(async () => assert.fail('made'));
  await assert.rejects(refused, ({ code, details }: OffshootError) => {
    assert.equal(code, 'CIRCUIT_OPEN');
    assert.ok((details.retryAfterMs as number) > 0);
    return true;
  });
  assert.equal(made.look().breaker!.state, 'open');
});

test('who sheds, limits or leaves somebody alone is not cut off for it', async () => {
  const { made } = setting({ breaker: { failuresMax: 3 } });
  for (const code of ['OVERLOADED', 'RATE_LIMITED', 'CIRCUIT_OPEN', 'OUTCOME_PENDING'] as const)
    for (let call = 0; call < 5; call += 1)
      await codeOf(made.run(() => Promise.reject(new OffshootError(code, 'not now'))));
  assert.equal(made.breaker!.state, 'closed');
});

test('an answer that stands for a failure is one, also to the breaker', async () => {
  type Reply = { readonly error?: OffshootError };
  const { made } = setting({
    breaker: { failuresMax: 2 },
    failureOf: (answer: Reply) => answer.error,
  });
  for (let call = 0; call < 2; call += 1) {
    const failing = made.run(async (): Promise<Reply> => ({ error: away() }));
    assert.equal(await codeOf(failing), 'UNAVAILABLE');
  }
  assert.equal(made.breaker!.state, 'open');
});

test('the first endpoint is dead: the second answers; without a key nothing is repeated', async () => {
  const endpoints = [{ name: 'one' }, { name: 'two' }];
  const { runtime, made } = setting({
    choose: (tried) => endpoints.find((one) => !tried.includes(one)),
  });
  const task = async ({ endpoint }: Attempt) => {
    if (endpoint.name === 'one') throw away();
    return endpoint.name;
  };
  const query = made.run(task, { repeatable });
  await runtime.advance(100);
  assert.equal(await query, 'two');
  assert.equal(await codeOf(made.run(task)), 'UNAVAILABLE');
});

test('an endpoint that is left alone, or has no room, is passed over at no cost', async () => {
  const clock = () => 0;
  const broken = breaker({ name: 'one', clock, random: () => 0, failuresMax: 1 });
  const full = bulkhead({ name: 'two', runningMax: 1 });
  const endpoints = [
    { name: 'one', breaker: broken },
    { name: 'two', bulkhead: full },
    { name: 'three' },
  ];
  await codeOf(broken.run(() => Promise.reject(away())));
  full.tryEnter();
  const { made } = setting({ choose: (tried) => endpoints.find((one) => !tried.includes(one)) });
  assert.equal(await made.run(async ({ endpoint }) => endpoint.name), 'three');
  endpoints.pop();
  assert.equal(await codeOf(made.run(async () => 'x')), 'OVERLOADED');
  endpoints.splice(0);
  assert.equal(await codeOf(made.run(async () => 'x')), 'NO_HEALTHY_INSTANCE');
  assert.equal(made.look().breaker!.failures, 0, 'nobody was asked, nobody is blamed');
});

test('a query that takes longer than 95 % of them is asked a second time, and the loser is told', async () => {
  const { runtime, made } = setting({ hedge: {}, retry: { budget: { perSecond: 1 } } });
  const usual = async () => {
    await runtime.sleep(10);
    return 'usual';
  };
  for (let call = 0; call < 40; call += 1) {
    const answer = made.run(usual, { repeatable, hedged: true });
    await runtime.advance(10);
    await answer;
  }
  const attempts: Attempt[] = [];
  const slow = made.run(
    async (attempt) => {
      attempts.push(attempt);
      void attempt.signal;
      await runtime.sleep(attempt.number === 1 ? 1_000 : 10);
      return attempt.number;
    },
    { repeatable, hedged: true },
  );
  await runtime.advance(30);
  assert.equal(await slow, 2);
  assert.deepEqual(
    attempts.map(({ signal }) => signal.aborted),
    [true, false],
  );
  assert.equal(made.look().hedges, 1);
  const command = made.run(usual);
  await runtime.advance(1_000);
  await command;
  assert.equal(made.look().hedges, 1, 'who does not say so is never hedged');
});

test('hedges are paid for by the budget of retries', async () => {
  const { runtime, made } = setting({ hedge: {}, retry: { budget: { perSecond: 0 } } });
  const ask = (ms: number) => made.run(() => runtime.sleep(ms), { repeatable, hedged: true });
  for (let call = 0; call < 40; call += 1) {
    const answer = ask(10);
    await runtime.advance(10);
    await answer;
  }
  const slow = Array.from({ length: 60 }, () => ask(500));
  await runtime.advance(1_000);
  await Promise.all(slow);
  const { hedges, calls } = made.look();
  assert.ok(hedges > 0 && hedges <= calls * 0.1, `${hedges} of ${calls}`);
});

test('a caller who goes away ends the call, and nobody is blamed', async () => {
  const { made } = setting({ breaker: { failuresMax: 1 } });
  const { signal, abort } = (() => {
    const controller = new AbortController();
    return { signal: controller.signal, abort: () => controller.abort(new Error('gone')) };
  })();
  let inner: AbortSignal | undefined;
  const call = made.run(
    (attempt) => {
      inner = attempt.signal;
      return new Promise<never>(() => {});
    },
    { signal },
  );
  abort();
  await assert.rejects(call, /gone/);
  assert.equal(inner!.aborted, true);
  assert.equal(made.breaker!.state, 'closed');
  await assert.rejects(
    made.run(async () => assert.fail('begun'), { signal }),
    /gone/,
  );
});

test('a stand-in is outermost: it covers what shed, breaker and retries could not give', async () => {
  const { runtime, made } = setting({ breaker: { failuresMax: 1 } });
  const standIn = fallback<string>({ otherwise: 'somebody', clock: () => runtime.monotonic() });
  await codeOf(made.run(() => Promise.reject(away())));
  const said = await made.runOr(standIn, 'u1', async () => 'ada');
  assert.deepEqual(said, {
    value: 'somebody',
    degraded: true,
    cause: 'CIRCUIT_OPEN',
    source: 'fixed',
  });
});

test('in front of everything, what is too much is shed', async () => {
  const runtime = manualRuntime();
  const shed = shedder({ name: 's', runtime, limit: fixed(1), waitingMax: 1 });
  const made = pipeline({ name: 'users', runtime, shed });
  const calls = [1, 2, 3].map((one) => codeOf(made.run(() => runtime.sleep(10 * one))));
  await runtime.advance(100);
  assert.deepEqual(await Promise.all(calls), ['ok', 'ok', 'OVERLOADED']);
});

test('however calls end, all that was taken is given back', async () => {
  const one = fc.record({
    takesMs: fc.nat(150),
    fails: fc.boolean(),
    repeatable: fc.boolean(),
    hedged: fc.boolean(),
    afterMs: fc.nat(20),
    leavesMs: fc.option(fc.nat(100), { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: 40 }), async (calls) => {
      const runtime = manualRuntime();
      const shed = shedder({ name: 's', runtime, limit: fixed(8), waitingMax: 4 });
      const room = bulkhead({ name: 'b', runningMax: 5 });
      const made = pipeline({
        ...{ name: 'users', runtime, shed, bulkhead: room, hedge: { afterMsMin: 20 } },
        ...{ deadlineMs: 100, attemptMs: 60, breaker: { failuresMax: 4, openMs: 30 } },
      });
      const ended: Promise<string>[] = [];
      let running = 0;
      for (const { takesMs, fails, afterMs, leavesMs, ...options } of calls) {
        await runtime.advance(afterMs);
        const leaving = new AbortController();
        if (leavesMs !== undefined) runtime.after(leavesMs, () => leaving.abort(away()));
        const task = async () => {
          running += 1;
          await runtime.sleep(takesMs);
          running -= 1;
          if (fails) throw away();
        };
        ended.push(codeOf(made.run(task, { ...options, signal: leaving.signal })));
        assert.ok(room.look().running <= 5 && shed.look().running <= 8);
      }
      await runtime.advance(1_000);
      assert.equal((await Promise.all(ended)).length, calls.length);
      assert.equal(running, 0);
      assert.deepEqual([room.look().running, shed.look().running], [0, 0]);
      assert.equal(runtime.timers, 0);
    }),
    { numRuns: 60 },
  );
});
