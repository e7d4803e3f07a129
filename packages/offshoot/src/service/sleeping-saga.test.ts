// Does a saga sleep through anything, in nobody's way, and for exactly as long as it said?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { saga, wakes } from '../saga/index.ts';
import { every } from '../store/index.ts';
import { doing, Errand, errands, told, undoneByA, works } from '../testing/errands.ts';

const AN_HOUR_MS = 3_600_000;
const nap = saga('nap', { version: 1, input: Errand })
  .pivot('a', works.a, doing)
  .sleep('rest', AN_HOUR_MS)
  .step('b', works.b, doing)
  .end();

test('a saga sleeps its time, to the millisecond, and goes on', () =>
  errands([nap], async ({ it, done, begin, record, journal }) => {
    await begin('nap', 'n');
    await it.runtime.advance(AN_HOUR_MS - 1);
    assert.equal((await record('n'))?.status, 'waiting');
    assert.deepEqual(done, ['a']);
    await it.runtime.advance(1);
    assert.equal((await record('n'))?.status, 'completed');
    assert.deepEqual(told(await journal('n')), [
      'a result',
      'rest waiting',
      'rest result',
      'b result',
    ]);
    assert.deepEqual(await it.store('office').load(every(wakes)), []);
    await it.runtime.advance(250);
    assert.equal(it.service('office').sagas.driving, 0, 'nobody is to be woken any more');
  }));

test('a crash changes nothing of when a sleep ends, and one that ended meanwhile ends at once', () =>
  errands([nap], async ({ it, done, begin, record }) => {
    await begin('nap', 'early');
    await it.runtime.advance(AN_HOUR_MS / 2);
    await begin('nap', 'late');
    await it.runtime.settle();
    it.service('office').stop();
    await it.runtime.advance(AN_HOUR_MS / 2 + 1_000);
    await it.restart('office');
    await it.runtime.advance(1_000);
    assert.equal((await record('early'))?.status, 'completed');
    await it.runtime.advance(AN_HOUR_MS / 2 - 2_001);
    assert.equal((await record('late'))?.status, 'waiting');
    await it.runtime.advance(1);
    assert.equal((await record('late'))?.status, 'completed');
    assert.deepEqual(done, ['a', 'a', 'b', 'b']);
  }));

test('a thousand that sleep hold no place: the next goes its way at once', () =>
  errands([nap], async ({ it, begin, record }) => {
    const { sagas } = it.service('office');
    await Promise.all(Array.from({ length: 1_000 }, (_, at) => begin('nap', `n${at}`)));
    await it.runtime.settle();
    assert.equal(sagas.driving, 1, 'one clock for all of them');
    assert.equal((await sagas.list({ status: 'waiting', limit: 1_000 })).sagas.length, 1_000);
    await begin('nap', 'x');
    await it.runtime.settle();
    assert.equal((await record('x'))?.status, 'waiting');
    await it.runtime.advance(AN_HOUR_MS);
    const { sagas: woken } = await sagas.list({ status: 'completed', limit: 1_000 });
    assert.equal(woken.length, 250, 'at most a thousand a second');
    await it.runtime.advance(1_000);
    assert.equal((await record('x'))?.status, 'completed');
  }));

test('how long may depend on what happened before', () => {
  const reckoned = saga('reckoned', { version: 1, input: Errand })
    .step('look', works.look, doing)
    .sleep('rest', ({ results }) => results.look.id.length * 1_000)
    .end();
  return errands([reckoned], async ({ it, begin, record }) => {
    await begin('reckoned', 'xyz');
    await it.runtime.advance(2_999);
    assert.equal((await record('xyz'))?.status, 'waiting');
    await it.runtime.advance(1);
    assert.equal((await record('xyz'))?.status, 'completed');
  });
});

const careful = saga('careful', { version: 1, input: Errand, deadlineMs: 60_000 })
  .step('a', works.a, undoneByA)
  .sleep('rest', AN_HOUR_MS)
  .pivot('b', works.b, doing)
  .end();

test('a cancel wakes a saga that sleeps before its pivot, and undoes what was done', () =>
  errands([careful], async ({ it, done, begin, cancel, record, journal }) => {
    await begin('careful', 'c');
    await it.runtime.advance(1_000);
    await cancel('careful', 'c');
    await it.runtime.settle();
    assert.equal((await record('c'))?.reason, 'CANCELLED');
    assert.equal((await record('c'))?.status, 'compensated');
    assert.deepEqual(done, ['a', 'undoA']);
    const story = told(await journal('c'));
    assert.deepEqual(story, [
      'a result',
      'rest waiting',
      'rest unknown CANCELLED',
      'a back result',
    ]);
    assert.deepEqual(await it.store('office').load(every(wakes)), []);
  }));

test('a sleep before the pivot ends with the saga’s deadline', () =>
  errands([careful], async ({ it, done, begin, record }) => {
    await begin('careful', 'c');
    await it.runtime.advance(60_000);
    assert.equal((await record('c'))?.reason, 'DEADLINE_EXCEEDED');
    assert.deepEqual(done, ['a', 'undoA']);
  }));

test('a sleep of no number of milliseconds is a bug that ends before the pivot, with nothing done', () => {
  const odd = saga('odd', { version: 1, input: Errand })
    .step('a', works.a, undoneByA)
    .sleep('rest', () => Number.NaN)
    .end();
  return errands([odd], async ({ it, done, begin, record, journal }) => {
    await begin('odd', 'o');
    await it.runtime.advance(AN_HOUR_MS);
    const { status, reason } = (await record('o'))!;
    assert.deepEqual([status, reason], ['compensated', 'DEADLINE_EXCEEDED']);
    assert.deepEqual(done, ['a', 'undoA']);
    assert.ok(told(await journal('o')).includes('rest unknown BAD_DEFINITION'));
  });
});
