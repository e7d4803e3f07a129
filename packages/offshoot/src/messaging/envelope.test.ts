import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '../store/index.ts';
import { golden } from '../testing/index.ts';
import { envelopes, previousOf, timeOf } from './envelope.ts';
import { type Envelope, envelope, positionOf, written } from './index.ts';

const entry: Entry = {
  ...{ epoch: 2, seq: 42, unit: 'unit', stream: 'order/1', version: 3, id: 'event-id' },
  ...{ type: 'order.confirmed', schema: 1, at: 1_800_000_000_000, key: '1' },
  ...{ correlation: 'correlation', causation: 'causation', actor: 'user:ada', tenant: '' },
  ...{ public: true, previous: { epoch: 1, seq: 7 }, data: { orderId: '1' } },
  ...{ meta: { traceparent: '00-t-s-01' }, sum: 0 },
};

test('an envelope is pinned', () => {
  golden(import.meta.url, 'envelope', envelope('orders', entry));
});

test('the first event of a key has no previous one', () => {
  const { previous: _, ...first } = entry;
  assert.equal('previous' in envelope('orders', first), false);
});

test('a sequence sorts as text as its position does, and reads back', () => {
  const positions = [
    { epoch: 1, seq: 9 },
    { epoch: 1, seq: 10 },
    { epoch: 2, seq: 1 },
    { epoch: 10, seq: 1 },
  ];
  const sent = positions.map((position) => envelope('orders', { ...entry, ...position }));
  const texts = sent.map(({ sequence }) => sequence);
  assert.deepEqual([...texts].sort(), texts);
  assert.deepEqual(sent.map(positionOf), positions);
});

test('a view of an entry says, and writes, what its envelope does', () => {
  const { previous: _, ...first } = entry;
  for (const one of [entry, first]) {
    const view = envelopes('orders')(one);
    const plain = envelope('orders', one);
    assert.deepEqual(JSON.parse(JSON.stringify(view)), plain);
    assert.deepEqual(written(view), written(plain));
    for (const name of Object.keys(plain) as (keyof Envelope)[])
      assert.deepEqual(view[name], plain[name], name);
    for (const read of [positionOf, previousOf, timeOf])
      assert.deepEqual(read(view), read(plain), read.name);
  }
});

test('views of one log tell their types apart', () => {
  const view = envelopes('orders');
  const later = { ...entry, schema: 2 };
  const other = { ...entry, type: 'order.cancelled' };
  const types = [entry, later, other, entry].map((one) => view(one).type);
  const confirmed = 'order.confirmed.v1';
  assert.deepEqual(types, [confirmed, 'order.confirmed.v2', 'order.cancelled.v1', confirmed]);
});
