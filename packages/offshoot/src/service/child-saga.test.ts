// Does a saga that waits for another come to the right end, whatever becomes of the other?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compensation, saga } from '../saga/index.ts';
import { type Answer, doing, Errand, errands, told, undoneByA, works } from '../testing/errands.ts';

const REFUSED = { kind: 'refusal', code: 'NO', data: null } as const;
const whole = ({ input }: { readonly input: Errand }) => input;

/** b, then for ever: c. */
const child = saga('child', { version: 1, input: Errand })
  .step('b', works.b, { ...doing, compensate: compensation(works.undoB, whole) })
  .sleep('rest', 1_000)
  .pivot('c', works.c, doing)
  .end();
const parent = saga('parent', { version: 1, input: Errand, deadlineMs: 60_000 })
  .step('a', works.a, undoneByA)
  .child('part', child, { input: whole, compensate: compensation(works.undoB, whole) })
  .pivot('pay', works.a, { input: ({ results }) => ({ id: results.part.c.id }) })
  .end();
const both = [child, parent] as const;

test('a child starts in the commit that waits for it, and its results are the step’s', () =>
  errands(both, async ({ it, done, begin, record, journal }) => {
    await begin('parent', 'p');
    await it.runtime.settle();
    assert.deepEqual((await record('p'))?.waits?.child, 'p.part');
    const [start] = await journal('p.part');
    const waiting = (await journal('p')).find(({ data }) => data.outcome?.kind === 'waiting');
    assert.equal(start?.unit, waiting?.unit);
    assert.equal(start?.correlation, waiting?.correlation);
    await it.runtime.advance(1_000);
    assert.deepEqual((await record('p'))?.results.part, {
      b: { id: 'p' },
      rest: null,
      c: { id: 'p' },
    });
    assert.equal((await record('p'))?.status, 'completed');
    assert.deepEqual(done, ['a', 'b', 'c', 'a']);
  }));

test('a child that was compensated is a refusal of the step', () => {
  const answer: Answer = async (call, next) => (call.operation === 'c' ? REFUSED : next(call));
  return errands(
    both,
    async ({ it, done, begin, record }) => {
      await begin('parent', 'p');
      await it.runtime.advance(2_000);
      assert.equal((await record('p.part'))?.status, 'compensated');
      const { status, reason } = (await record('p'))!;
      assert.deepEqual([status, reason], ['compensated', 'NO']);
      assert.deepEqual(done, ['a', 'b', 'c', 'undoB', 'undoA']);
    },
    answer,
  );
});

test('a cancel is passed down: the child gives up first, then the parent', () =>
  errands(both, async ({ it, done, begin, cancel, record, journal }) => {
    await begin('parent', 'p');
    await it.runtime.settle();
    await cancel('parent', 'p');
    await it.runtime.settle();
    for (const id of ['p', 'p.part'])
      assert.deepEqual(
        [(await record(id))?.status, (await record(id))?.reason],
        ['compensated', 'CANCELLED'],
      );
    assert.deepEqual(done, ['a', 'b', 'undoB', 'undoA']);
    assert.deepEqual(told(await journal('p')), [
      ...['a result', 'part waiting', 'part waiting CANCELLED', 'part refusal CANCELLED'],
      'a back result',
    ]);
  }));

test('the parent’s deadline is passed down as well, and is the parent’s reason', () => {
  const deaf: Answer = (call, next) =>
    call.operation === 'c' ? new Promise(() => {}) : next(call);
  const slow = saga('child', { version: 1, input: Errand })
    .step('b', works.b, { ...doing, compensate: compensation(works.undoB, whole) })
    .sleep('rest', 300_000)
    .end();
  const hasty = saga('hasty', { version: 1, input: Errand, deadlineMs: 60_000 })
    .step('a', works.a, undoneByA)
    .child('part', slow, { input: whole, compensate: compensation(works.undoB, whole) })
    .end();
  return errands(
    [slow, hasty],
    async ({ it, begin, record }) => {
      await begin('hasty', 'h');
      await it.runtime.advance(61_000);
      assert.equal((await record('h.part'))?.reason, 'CANCELLED');
      const { status, reason } = (await record('h'))!;
      assert.deepEqual([status, reason], ['compensated', 'DEADLINE_EXCEEDED']);
    },
    deaf,
  );
});

test('a cancel that finds the child past its pivot waits for its end, then undoes it', () => {
  const late: Answer = async (call, next) => {
    if (call.operation === 'c') await sayCancel();
    return next(call);
  };
  let sayCancel = async (): Promise<void> => {};
  return errands(
    both,
    async ({ it, done, begin, cancel, record }) => {
      sayCancel = () => cancel('parent', 'p');
      await begin('parent', 'p');
      await it.runtime.advance(2_000);
      assert.equal((await record('p.part'))?.status, 'completed');
      assert.deepEqual(
        [(await record('p'))?.status, (await record('p'))?.reason],
        ['compensated', 'CANCELLED'],
      );
      assert.deepEqual(done, ['a', 'b', 'c', 'undoB', 'undoA']);
    },
    late,
  );
});

test('crashes at every moment of a child change nothing of the end', async () => {
  for (let crashAt = 1; crashAt <= 4; crashAt += 1) {
    let calls = 0;
    let crash = async (): Promise<void> => {};
    const answer: Answer = async (call, next) => {
      const reply = await next(call);
      calls += 1;
      if (calls === crashAt) {
        await crash();
        return new Promise(() => {});
      }
      return reply;
    };
    await errands(
      both,
      async ({ it, begin, record }) => {
        crash = async () => it.service('office').sagas.stop();
        await begin('parent', 'p');
        await it.runtime.advance(3_000);
        await it.restart('office');
        await it.runtime.advance(3_000);
        assert.equal((await record('p'))?.status, 'completed', `crash ${crashAt}`);
        assert.equal((await record('p.part'))?.status, 'completed');
      },
      answer,
    );
  }
});

test('where another saga has the child’s id, the parent waits for a person', () =>
  errands(both, async ({ it, begin, record }) => {
    await begin('child', 'p.part');
    await begin('parent', 'p');
    await it.runtime.settle();
    assert.deepEqual(
      [(await record('p'))?.status, (await record('p'))?.pause?.code],
      ['paused', 'CONFLICT'],
    );
    const who = { by: 'user:ann', why: '' };
    await it.service('office').sagas.compensate('p', who);
    await it.runtime.settle();
    assert.equal((await record('p'))?.status, 'compensated');
  }));

test('a child that its service does not list is a bug, found before anything runs', () =>
  assert.rejects(
    errands([parent], async () => {}),
    { code: 'BAD_DEFINITION', message: /list it in office/ },
  ));
