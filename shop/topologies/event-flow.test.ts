// Does every event of the shop have a reader, and every reader an event with all that it reads?
import assert from 'node:assert/strict';
import test from 'node:test';
import { eventFlow } from 'offshoot/testing';
import { SERVICES } from './services.ts';

const flow = eventFlow(SERVICES);

/** The saga hears of it as the answer of its step; whoever follows a checkout from outside reads it. */
const STEP = 'the checkout is orchestrated: its saga has the same as an answer';

/** Published for whoever may come: nobody inside the shop needs to hear of them, and why not. */
const FOR_OTHERS: Readonly<Record<string, string>> = {
  'inventory.reserved': STEP,
  'inventory.reservation_failed': STEP,
  'inventory.released': STEP,
  'inventory.restocked': 'buyers who plan deliveries: availability is asked for, not heard of',
  'payment.authorised': STEP,
  'payment.processed': STEP,
  'payment.failed': STEP,
  'payment.refunded': 'accounting: the cancellation that it follows is what the customer hears of',
  'product.price_changed': 'price watchers: an order asks for the price, and names come by updates',
  'shipment.created': 'carriers and tracking: orders and customers hear of its dispatch',
  'shipment.cancelled': 'carriers: the order was cancelled before, and has said so',
  'order.delivered': 'reviews and returns, of which the shop has none',
  'notification.sent': 'audit: who was written to, and when',
};

/** May be left out by a producer; each of its consumers says what it does without. */
const OPTIONAL: Readonly<Record<string, string>> = {};

test('trap 30: the events that nobody consumes are those that are meant for others', () => {
  assert.deepEqual([...flow.unconsumed].sort(), Object.keys(FOR_OTHERS).sort());
});

test('trap 21: every event that is consumed is published', () => {
  assert.deepEqual(flow.unproduced, []);
});

test('trap 21: a producer writes every field that a consumer may read', () => {
  assert.deepEqual([...flow.unwritten].sort(), Object.keys(OPTIONAL).sort());
});
