// Does nobody notice when a store is exchanged under their feet?
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nodeRuntime } from '../runtime/node/index.ts';
import { bench, sqliteStoreUnderTest, storeConformance, testStamp } from '../testing/index.ts';
import { collection, one, put, runUnit, switchable } from './index.ts';

const runtime = nodeRuntime();
const root = mkdtempSync(join(tmpdir(), 'offshoot-switchable-'));
after(() => rmSync(root, { recursive: true, force: true }));

const behind = sqliteStoreUnderTest(runtime, root, (store) => switchable(store, runtime).store);
const features = { failedFlush: true, bytes: true, epochs: true };
for (const { name, run } of storeConformance('behind a switch', behind, features)) test(name, run);

const jars = collection<{ readonly count: number }>('jars');
const stamp = testStamp();

function scene() {
  const collections = [jars];
  const [first, second] = [bench({ runtime, collections }), bench({ runtime, collections })];
  const of = switchable(first.store, runtime);
  const context = { ...first, store: of.store };
  const add = async (id: string): Promise<number> => {
    const needs = () => ({ found: one(jars, id) });
    const { value } = await runUnit(context, needs, ({ found }) => {
      const count = (found?.data.count ?? 0) + 1;
      const documents = [put(jars, id, { count }, found?.revision ?? 0)];
      return { change: { appends: [], documents, stamp }, value: count };
    });
    return value;
  };
  const countIn = async (store: typeof first.store) =>
    (await store.load(one(jars, 'a')))?.data.count;
  return { first, second, of, context, add, countIn };
}

test('a unit that comes while it is held waits, and runs on the store that is there then', async () => {
  const { first, second, of, add, countIn } = scene();
  assert.equal(await add('a'), 1);
  const hold = of.hold(1_000);
  const waiting = add('a');
  assert.equal(await Promise.race([waiting, runtime.sleep(20).then(() => 'waits')]), 'waits');
  await hold.release(second.store);
  assert.equal(await waiting, 1, 'the second store has not seen the first one');
  assert.deepEqual([await countIn(first.store), await countIn(second.store)], [1, 1]);
});

test('a unit that has read before is run again: what it read is no basis any more', async () => {
  const { first, second, of, countIn } = scene();
  const { store } = of;
  const basis = store.failures;
  const hold = of.hold(1_000);
  const change = { appends: [], documents: [put(jars, 'a', { count: 7 })], stamp };
  assert.throws(() => store.stage(change, basis), { code: 'CONFLICT' });
  await hold.release(second.store);
  assert.throws(() => store.stage(change, basis), { code: 'CONFLICT' });
  await store.stage(change, store.failures);
  assert.deepEqual([await countIn(first.store), await countIn(second.store)], [undefined, 7]);
});

test('an answer that was read before and not given yet is read again', async () => {
  const { second, of, context } = scene();
  await second.store.stage({ appends: [], documents: [put(jars, 'a', { count: 9 })], stamp }, 0);
  let runs = 0;
  const needs = () => ({ found: one(jars, 'a') });
  const answer = runUnit(context, needs, ({ found }) => {
    runs += 1;
    if (runs === 1) void of.hold(1_000).release(second.store);
    return { value: found?.data.count };
  });
  assert.deepEqual([(await answer).value, runs], [9, 2]);
});

test('when it is held for too long, who waits and who comes is refused, until it is released', async () => {
  const { of, add } = scene();
  const hold = of.hold(20);
  await assert.rejects(add('a'), { code: 'UNAVAILABLE' });
  await assert.rejects(add('a'), { code: 'UNAVAILABLE' });
  await hold.release();
  assert.equal(await add('a'), 1);
});

test('listeners follow the store that is there, and are called once after a switch', async () => {
  const { second, of, context } = scene();
  let calls = 0;
  of.store.onDurable(() => {
    calls += 1;
  });
  await of.hold(1_000).release(second.store);
  assert.equal(calls, 1);
  const append = {
    stream: 's',
    events: [{ type: 't', schema: 1, public: true, key: 'k', data: {} }],
  };
  const appends = [{ ...append, expected: undefined }];
  await context.store.stage({ appends, documents: [], stamp }, context.store.failures);
  assert.equal(calls, 2);
  assert.equal(second.store.head().seq, 1);
});

test('a watch notes what is written, durable when it is asked', async () => {
  const { of, add } = scene();
  await add('before');
  const watch = of.watch();
  const writing = add('a');
  assert.deepEqual(await watch.take(), [{ collection: 'jars', id: 'a' }]);
  assert.equal((await of.inner.load(one(jars, 'a')))?.data.count, 1);
  await writing;
  assert.deepEqual(await watch.take(), []);
});
