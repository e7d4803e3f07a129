// When does the writer's answer leave, and what does it say of a unit that comes again beside a failing flush?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nodeRuntime } from '../../runtime/node/index.ts';
import { bench, testStamp } from '../../testing/index.ts';
import { append, collection, one, privateEvent, put } from '../index.ts';
import { REMOTE_COLLECTIONS } from './index.ts';
import type { Answer, Call, Primitive } from './wire.ts';
import { writer } from './writer.ts';

const toys = collection<{ readonly size: number }>('toys');
const toyA = one(toys, 'a') as Primitive;
const change = (key: string) => ({
  appends: [append(`toy/${key}`, [privateEvent('toy.made', {}, key)])],
  documents: [put(toys, key, { size: 1 })],
  stamp: testStamp(),
});

async function served() {
  const runtime = nodeRuntime();
  const base = bench({ runtime, collections: [toys, ...REMOTE_COLLECTIONS] });
  const { store } = base;
  const served = writer({ runtime, store, onCrash: (cause) => assert.fail(String(cause)) });
  const { writer: self } = await served.open({ protocol: 1 });
  const exchange = async (floor: number, ...calls: Call[]): Promise<Answer> =>
    JSON.parse(await served.exchange({ client: 'c', store: store.identity, floor, calls }));
  const unit = (number: number, key: string): Call => ({
    ...{ kind: 'unit', number, writer: self, basis: store.failures, seen: [], change: change(key) },
  });
  return { ...base, exchange, unit };
}

const turn = () => new Promise<void>((resolve) => void queueMicrotask(resolve));

test('an answer that saw what is staged leaves when that is durable', async () => {
  const { store, exchange } = await served();
  const staged = store.stage(change('a'), store.failures);
  let isAnswered = false;
  const answering = exchange(0, { kind: 'read', needs: [toyA], seen: [] });
  answering.then(
    () => {
      isAnswered = true;
    },
    () => {},
  );
  for (let ticks = 0; ticks < 50; ticks += 1) await turn();
  assert.deepEqual([isAnswered, store.head().seq], [false, 0]);
  const { outcomes, head } = await answering;
  assert.deepEqual([(outcomes[0] as any).values[0].revision, head.seq], [1, 1]);
  await staged;
  await store.close();
});

test('an answer that saw what a flush took back says that one failed', async () => {
  const { store, exchange, failNextFlush } = await served();
  failNextFlush();
  const staged = store.stage(change('a'), store.failures);
  staged.catch(() => {});
  const { failures, head } = await exchange(0, { kind: 'read', needs: [toyA], seen: [] });
  assert.deepEqual([failures, head.seq], [1, 0]);
  await assert.rejects(staged, { code: 'CONFLICT' });
  await store.close();
});

test('a unit that is durable stays so, whatever becomes of the flush beside which it comes again', async () => {
  const { store, exchange, unit, failNextFlush } = await served();
  const first = unit(1, 'a');
  assert.deepEqual((await exchange(0, first)).outcomes, [{ position: { epoch: 1, seq: 1 } }]);
  failNextFlush();
  store.stage(change('b'), store.failures).catch(() => {});
  const { outcomes, failures } = await exchange(0, first);
  assert.deepEqual([outcomes, failures], [[{ position: { epoch: 1, seq: 1 } }], 1]);
  await store.close();
});

test('a unit that comes twice before its flush shares what becomes of it', async () => {
  const { store, exchange, unit, failNextFlush } = await served();
  const first = unit(1, 'a');
  failNextFlush();
  const both = await Promise.all([exchange(0, first), exchange(0, first)]);
  for (const { outcomes } of both) assert.equal((outcomes[0] as any).error.code, 'CONFLICT');
  assert.equal(store.head().seq, 0);
  const again = unit(2, 'a');
  const twice = await Promise.all([exchange(1, again), exchange(1, again)]);
  for (const { outcomes } of twice) assert.deepEqual((outcomes[0] as any).position.seq, 1);
  assert.equal(store.head().seq, 1);
  const late = (await exchange(0, first)).outcomes[0] as any;
  assert.match(late.error.message, /given this unit up/);
  await store.close();
});
