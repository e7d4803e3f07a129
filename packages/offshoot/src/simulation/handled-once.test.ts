import assert from 'node:assert/strict';
import { test } from 'node:test';
import { marks } from '../messaging/index.ts';
import { type Change, type Position, put, remove } from '../store/index.ts';
import { handledOnce } from './handled-once.ts';

const stamp = { at: 0, actor: '', tenant: '', correlation: '', causation: '', traceparent: '' };
const at = (seq: number, epoch = 1): Position => ({ epoch, seq });
const marking = (last: Position): Change => ({
  appends: [],
  documents: [put(marks, 'orders|o-1', { subscription: 'orders', key: 'o-1', last })],
  stamp,
});
const durable = () => Promise.resolve();

test('an event that is marked again, after its mark was durable, was handled twice', async () => {
  const once = handledOnce();
  once.staged('shop', marking(at(3)), durable());
  await durable();
  once.staged('shop', { appends: [], documents: [remove(marks, 'orders|o-1')], stamp }, durable());
  once.staged('mail', marking(at(3)), durable());
  once.staged('shop', marking(at(4)), durable());
  once.staged('shop', marking(at(1, 2)), durable());
  await durable();
  assert.deepEqual(once.violations, []);
  once.staged('shop', marking(at(4)), durable());
  assert.deepEqual(once.violations, ['shop handles 1-4 of orders|o-1 a second time']);
});

test('what was never known to be durable, or was put back, may be handled again', async () => {
  const once = handledOnce();
  once.staged('shop', marking(at(3)), Promise.reject(new Error('the disk did not flush')));
  await durable();
  once.staged('shop', marking(at(3)), durable());
  await durable();
  once.forget('shop');
  once.staged('shop', marking(at(3)), durable());
  assert.deepEqual(once.violations, []);
});
