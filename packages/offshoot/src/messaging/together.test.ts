// Is a key's order kept, and nothing thought handled that a failed flush took back?
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPosition, type Position, START, type Store } from '../store/index.ts';
import { type Envelope, positionOf } from './envelope.ts';
import type { Subscription } from './subscription.ts';
import { together } from './together.ts';

const at = (seq: number): Position => ({ epoch: 1, seq });

const event = (key: string, seq: number, previous?: number, type = 'cup.poured.v1') =>
  ({
    ...{ id: `${seq}`, type, partitionkey: key, sequence: formatPosition(at(seq)) },
    ...(previous === undefined ? {} : { previous: formatPosition(at(previous)) }),
  }) as Envelope;

/** A handler whose effects become durable, or are lost, when the test says so. */
function scene() {
  const store = { failures: 0 } as { failures: number };
  const known = new Map<string, Position>();
  const staged: string[] = [];
  const busy = new Set<string>();
  let flush = Promise.withResolvers<void>();
  const handlers = new Map([['cup.poured.v1', {}]]) as unknown as Subscription['handlers'];
  const batches = together({
    subscription: { handlers } as Subscription,
    store: store as Store,
    deliverNow({ id }) {
      staged.push(id);
      return { durable: flush.promise, handled() {} };
    },
    known: (key) => known.get(key) ?? START,
    isFree: (key) => !busy.has(key),
    onHandled: (one) => known.set(one.partitionkey, positionOf(one)),
  });
  return {
    ...{ batches, known, staged, busy },
    flush() {
      flush.resolve();
      flush = Promise.withResolvers();
    },
    fail() {
      store.failures += 1;
      flush.reject(new Error('the disk is full'));
      flush = Promise.withResolvers();
    },
  };
}

const ids = (events: readonly Envelope[]) => events.map(({ id }) => id);

test('what follows on what was taken is taken too, before anything is durable', async () => {
  const { batches, staged, known, flush } = scene();
  const first = batches.take([event('a', 1), event('b', 2), event('a', 3, 1)]);
  const second = batches.take([event('a', 4, 3)]);
  assert.deepEqual([staged, first.left, second.left], [['1', '2', '3', '4'], [], []]);
  assert.equal(known.size, 0);
  flush();
  assert.deepEqual([await first.lost, await second.lost], [[], []]);
  assert.deepEqual(known.get('a'), at(4));
  assert.equal(batches.pending('a'), undefined);
});

test('with a hole before it, or its key at work alone, an event is left, and all behind it', async () => {
  const { batches, staged, busy, flush } = scene();
  busy.add('c');
  const page = [event('a', 2, 1), event('a', 3, 2), event('b', 4), event('c', 5)];
  const { left, lost } = batches.take(page);
  assert.deepEqual([ids(left), staged], [['2', '3', '5'], ['4']]);
  flush();
  assert.deepEqual(await lost, []);
});

test('a failed flush gives the page back, and nothing follows on what it took', async () => {
  const { batches, staged, known, fail, flush } = scene();
  const first = batches.take([event('a', 1)]);
  fail();
  const next = batches.take([event('a', 2, 1)]);
  assert.deepEqual(ids(next.left), ['2']);
  assert.deepEqual(ids(await first.lost), ['1']);
  assert.equal(known.size, 0);
  const again = batches.take([event('a', 1), event('a', 2, 1)]);
  flush();
  assert.deepEqual(await again.lost, []);
  assert.deepEqual(staged, ['1', '1', '2']);
});

test('a repeat of what waits for a flush is done when that is, and lost with it', async () => {
  const { batches, staged, fail } = scene();
  const first = batches.take([event('a', 1)]);
  const repeat = batches.take([event('a', 1)]);
  assert.deepEqual(staged, ['1']);
  fail();
  assert.deepEqual(ids(await first.lost), ['1']);
  assert.deepEqual(ids(await repeat.lost), ['1']);
});

test('an event that nobody handles is not passed before what it follows on is durable', async () => {
  const { batches, known, fail } = scene();
  const other = event('a', 2, 1, 'cup.broken.v1');
  const { lost } = batches.take([event('a', 1), other]);
  assert.equal(known.size, 0);
  fail();
  assert.deepEqual(ids(await lost), ['1', '2']);
  assert.equal(known.size, 0);
  const alone = batches.take([event('b', 3, undefined, 'cup.broken.v1')]);
  assert.deepEqual(await alone.lost, []);
  assert.deepEqual(known.get('b'), at(3));
});

test('nor is one of a later page, which is lost with what it follows on', async () => {
  const { batches, known, fail } = scene();
  const first = batches.take([event('a', 1)]);
  const second = batches.take([event('a', 2, 1, 'cup.broken.v1')]);
  fail();
  assert.deepEqual([ids(await first.lost), ids(await second.lost)], [['1'], ['2']]);
  assert.equal(known.size, 0);
});
