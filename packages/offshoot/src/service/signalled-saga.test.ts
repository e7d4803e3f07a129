// Does a saga hear what is said to it: in time, before its time, at the last moment, and too late?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonSchema } from '../contract/index.ts';
import { arrivals, saga, signals } from '../saga/index.ts';
import { every } from '../store/index.ts';
import { doing, Errand, errands, told, undoneByA, works } from '../testing/errands.ts';

const Approval = jsonSchema<{ readonly by: string }>({ type: 'object', required: ['by'] });
const MINUTE_MS = 60_000;

const asking = saga('asking', { version: 1, input: Errand })
  .step('a', works.a, undoneByA)
  .wait('approval', { data: Approval, timeoutMs: MINUTE_MS })
  .pivot('b', works.b, { input: ({ results }) => ({ id: results.approval.by }) })
  .end();
const telling = saga('telling', { version: 1, input: Errand })
  .pivot('a', works.a, doing)
  .wait('receipt', { timeoutMs: MINUTE_MS })
  .step('b', works.b, doing)
  .end();

test('a wait hears its signal, with its data, and the saga goes on at once', () =>
  errands([asking], async ({ it, done, begin, say, record, journal }) => {
    await begin('asking', 's');
    await it.runtime.advance(MINUTE_MS / 2);
    assert.equal((await record('s'))?.status, 'waiting');
    await say('asking', 's', 'approval', { by: 'ann' });
    await it.runtime.settle();
    assert.deepEqual((await record('s'))?.results, {
      ...{ a: { id: 's' }, approval: { by: 'ann' }, b: { id: 'ann' } },
    });
    assert.deepEqual(done, ['a', 'b']);
    const story = told(await journal('s'));
    assert.deepEqual(story, ['a result', 'approval waiting', 'approval result', 'b result']);
    assert.deepEqual(await it.store('office').load(every(arrivals)), []);
  }));

test('a signal that came before the saga is heard when it is there; of two the later counts', () =>
  errands([asking], async ({ it, begin, say, record }) => {
    await say('asking', 's', 'approval', { by: 'bob' });
    await say('asking', 's', 'approval', { by: 'ann' });
    await begin('asking', 's');
    await it.runtime.settle();
    assert.equal((await record('s'))?.status, 'completed');
    assert.deepEqual((await record('s'))?.results.approval, { by: 'ann' });
  }));

test('a signal that was committed as the service went down is heard when it is back', () =>
  errands([asking], async ({ it, begin, say, record }) => {
    await begin('asking', 's');
    await it.runtime.settle();
    it.service('office').sagas.stop();
    await say('asking', 's', 'approval', { by: 'ann' });
    await it.restart('office');
    await it.runtime.settle();
    assert.equal((await record('s'))?.status, 'completed');
  }));

test('before the pivot a wait in vain compensates, and says why', () =>
  errands([asking], async ({ it, done, begin, record }) => {
    await begin('asking', 's');
    await it.runtime.advance(MINUTE_MS);
    const { status, reason } = (await record('s'))!;
    assert.deepEqual([status, reason], ['compensated', 'TIMED_OUT']);
    assert.deepEqual(done, ['a', 'undoA']);
  }));

test('after the pivot a wait in vain goes on with null', () =>
  errands([telling], async ({ it, done, begin, record }) => {
    await begin('telling', 't');
    await it.runtime.advance(MINUTE_MS);
    assert.equal((await record('t'))?.status, 'completed');
    assert.equal((await record('t'))?.results.receipt, null);
    assert.deepEqual(done, ['a', 'b']);
  }));

test('a signal in the very moment of the timeout counts', () =>
  errands([asking], async ({ it, begin, say, record }) => {
    await begin('asking', 's');
    await it.runtime.settle();
    it.service('office').sagas.stop();
    await it.runtime.advance(MINUTE_MS);
    await say('asking', 's', 'approval', { by: 'ann' });
    await it.restart('office');
    await it.runtime.settle();
    assert.equal((await record('s'))?.status, 'completed');
  }));

test('what is said to a saga that has ended is dropped', () =>
  errands([asking, telling], async ({ it, begin, say, cancel }) => {
    await begin('telling', 't');
    await it.runtime.advance(MINUTE_MS);
    await say('telling', 't', 'receipt');
    await cancel('telling', 't');
    await it.runtime.settle();
    assert.deepEqual(await it.store('office').load(every(arrivals)), []);
    assert.deepEqual(await it.store('office').load(every(signals)), []);
  }));

test('a cancel wakes a saga that waits; after the pivot it waits on, and its end hears of it', () =>
  errands([asking, telling], async ({ it, done, begin, say, cancel, record }) => {
    await begin('asking', 's');
    await begin('telling', 't');
    await it.runtime.settle();
    await cancel('asking', 's');
    await cancel('telling', 't');
    await it.runtime.settle();
    assert.equal((await record('s'))?.status, 'compensated');
    assert.equal((await record('t'))?.status, 'waiting');
    await say('telling', 't', 'receipt');
    await it.runtime.settle();
    assert.equal((await record('t'))?.status, 'completed');
    assert.deepEqual(done, ['a', 'a', 'undoA', 'b']);
  }));

test('a signal that nobody waits for, and data that does not fit, are bugs', () => {
  assert.throws(() => (asking as any).signal('s', 'other'), { code: 'BAD_DEFINITION' });
  assert.throws(() => asking.signal('s', 'approval', {} as any), { code: 'INTERNAL_ERROR' });
  const start = () => saga('x', { version: 1, input: Errand });
  assert.throws(() => start().wait('cancel', { timeoutMs: 1 }), { code: 'BAD_DEFINITION' });
  assert.throws(() => start().wait('w', { timeoutMs: 0 }), { code: 'BAD_DEFINITION' });
  assert.throws(() => start().sleep('a|b', 1), { code: 'BAD_DEFINITION' });
});
