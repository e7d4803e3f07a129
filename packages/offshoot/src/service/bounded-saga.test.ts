// Do a saga's own bounds hold: how many at once, how long a step, which version?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ATTEMPTS_MAX, SAGA_ENTRIES, STEP_MEMORY_MS, saga } from '../saga/index.ts';
import {
  type Answer,
  doing,
  Errand,
  errands,
  officeService,
  undoneByA,
  works,
} from '../testing/errands.ts';

const AWAY = {
  kind: 'error',
  error: { code: 'UNAVAILABLE', message: 'away', retryable: true },
} as const;
const A_DAY_MS = 24 * 3_600_000;
const WHO = { by: 'user:ann', why: '' };

test('of a saga with a limit no more are carried at once, first come first served', () => {
  const narrow = saga('narrow', { version: 1, input: Errand, concurrency: 2 })
    .pivot('a', works.a, doing)
    .end();
  const wide = saga('wide', { version: 1, input: Errand }).pivot('b', works.b, doing).end();
  const order: string[] = [];
  const now = { a: 0, b: 0 };
  const most = { a: 0, b: 0 };
  let pass = async (): Promise<void> => {};
  const answer: Answer = async (call, next) => {
    const name = call.operation as 'a' | 'b';
    order.push((call.input as Errand).id);
    now[name] += 1;
    most[name] = Math.max(most[name], now[name]);
    await pass();
    now[name] -= 1;
    return next(call);
  };
  return errands(
    [narrow, wide],
    async ({ it, begin, record }) => {
      pass = () => it.runtime.sleep(100);
      for (const id of ['1', '2', '3', '4', '5', '6']) await begin('narrow', id);
      for (const id of ['7', '8', '9']) await begin('wide', id);
      await it.runtime.advance(1_000);
      assert.deepEqual(most, { a: 2, b: 3 });
      assert.deepEqual(
        order.filter((id) => id < '7'),
        ['1', '2', '3', '4', '5', '6'],
      );
      assert.equal((await record('6'))?.status, 'completed');
    },
    answer,
  );
});

test('one that waits for another attempt gives its place to the next', () => {
  const narrow = saga('narrow', { version: 1, input: Errand, concurrency: 1 })
    .pivot('a', works.a, doing)
    .end();
  const answer: Answer = async (call, next) =>
    (call.input as Errand).id === 'stuck' ? AWAY : next(call);
  return errands(
    [narrow],
    async ({ it, begin, record }) => {
      await begin('narrow', 'stuck');
      await begin('narrow', 'fine');
      await it.runtime.settle();
      assert.equal((await record('fine'))?.status, 'completed');
      assert.equal((await record('stuck'))?.status, 'running');
    },
    answer,
  );
});

test('a limit of nothing is a bug', () => {
  for (const concurrency of [0, -1, 1.5])
    assert.throws(() => saga('s', { version: 1, input: Errand, concurrency }), {
      code: 'BAD_DEFINITION',
    });
});

const quick = saga('quick', { version: 1, input: Errand })
  .step('a', works.a, { ...undoneByA, deadlineMs: 1_000 })
  .pivot('b', works.b, { ...doing, deadlineMs: 2_000 })
  .end();

test('before the pivot a step’s own deadline compensates, that step included', () =>
  errands(
    [quick],
    async ({ it, done, begin, record }) => {
      await begin('quick', 'q');
      await it.runtime.advance(1_000);
      const { status, reason } = (await record('q'))!;
      assert.deepEqual([status, reason], ['compensated', 'DEADLINE_EXCEEDED']);
      assert.equal(done.at(-1), 'undoA');
    },
    async (call, next) => (call.operation === 'a' ? AWAY : next(call)),
  ));

test('from the pivot on a step’s own deadline waits for a person, whose resume begins it anew', () => {
  let isAway = true;
  const answer: Answer = async (call, next) =>
    call.operation === 'b' && isAway ? AWAY : next(call);
  return errands(
    [quick],
    async ({ it, begin, record }) => {
      await begin('quick', 'q');
      await it.runtime.advance(2_000);
      assert.deepEqual(
        [(await record('q'))?.status, (await record('q'))?.pause?.code],
        ['paused', 'DEADLINE_EXCEEDED'],
      );
      await it.runtime.advance(A_DAY_MS);
      await it.service('office').sagas.resume('q', WHO);
      await it.runtime.advance(1_000);
      assert.equal((await record('q'))?.status, 'running');
      isAway = false;
      await it.runtime.advance(1_000);
      assert.equal((await record('q'))?.status, 'completed');
      assert.equal((await record('q'))?.resumedAt, undefined);
    },
    answer,
  );
});

test('a step says how long the outside remembers its key: after that it is never sent again', () => {
  const short = saga('short', { version: 1, input: Errand })
    .pivot('a', works.a, { ...doing, remembersMs: 600_000 })
    .end();
  return errands(
    [short],
    async ({ it, done, begin, record }) => {
      await begin('short', 's');
      await it.runtime.advance(A_DAY_MS);
      assert.equal((await record('s'))?.pause?.code, 'OUTCOME_UNKNOWN');
      assert.ok(done.length < ATTEMPTS_MAX);
      assert.ok(600_000 < STEP_MEMORY_MS);
    },
    async () => AWAY,
  );
});

test('a step whose input cannot be made is given up, not tried for ever', () => {
  const broken = saga('broken', { version: 1, input: Errand })
    .step('a', works.a, undoneByA)
    .pivot('b', works.b, { input: () => ({ id: (undefined as any).id }) })
    .end();
  return errands([broken], async ({ it, done, begin, record }) => {
    await begin('broken', 'b');
    await it.runtime.advance(A_DAY_MS);
    assert.deepEqual(
      [(await record('b'))?.status, (await record('b'))?.pause?.code],
      ['paused', 'BAD_DEFINITION'],
    );
    assert.deepEqual(done, ['a']);
  });
});

const first = saga('tour', { version: 1, input: Errand })
  .step('a', works.a, undoneByA)
  .sleep('rest', 60_000)
  .pivot('b', works.b, doing)
  .end();
const second = saga('tour', { version: 2, input: Errand }).pivot('c', works.c, doing).end();

test('versions run side by side: a running saga stays on its own', () =>
  errands([first], async ({ it, done, begin, record }) => {
    await begin('tour', 'old');
    await it.runtime.settle();
    await it.restart('office', officeService([first, second]));
    await begin('tour', 'new');
    await it.runtime.advance(60_250);
    assert.deepEqual([(await record('old'))?.version, (await record('new'))?.version], [1, 2]);
    for (const id of ['old', 'new']) assert.equal((await record(id))?.status, 'completed');
    assert.deepEqual(done, ['a', 'c', 'b']);
  }));

test('a saga whose version no release knows is seen, and goes on with the release that does', () =>
  errands([first], async ({ it, done, begin, record, journal }) => {
    await begin('tour', 'old');
    await it.runtime.settle();
    await it.restart('office', officeService([second]));
    await it.runtime.advance(60_250);
    const { status, pause } = (await record('old'))!;
    assert.deepEqual([status, pause?.code], ['paused', 'VERSION_UNKNOWN']);
    const { sagas } = it.service('office');
    assert.equal(sagas.paused, 1);
    await assert.rejects(sagas.resume('old', WHO), {
      code: 'PRECONDITION_FAILED',
      message: /release/,
    });
    await it.restart('office', officeService([first, second]));
    await it.runtime.advance(1_000);
    assert.equal((await record('old'))?.status, 'completed');
    assert.equal(it.service('office').sagas.paused, 0);
    assert.deepEqual(done, ['a', 'b']);
    const types = (await journal('old')).map(({ type }) => type);
    assert.ok(types.includes(SAGA_ENTRIES.stranded) && types.includes(SAGA_ENTRIES.found));
  }));
