// May money be taken or let go twice, or after the other?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { payments } from '../../contracts/payments.ts';
import { authorise } from './authorise.ts';
import { capture } from './capture.ts';
import { mayBecome, type Payment, type PaymentStatus } from './payment.ts';
import { cancelledOrders, refund } from './refund.ts';
import { voidPayment } from './void.ts';

const amount = { amount: 500, currency: 'EUR' };
const paid = (status: PaymentStatus) => {
  const captureId = status === 'captured' || status === 'refunded' ? 'cap_1' : '';
  const refundId = status === 'refunded' ? 'ref_1' : '';
  const ids = { authorisationId: 'auth_1', captureId, refundId };
  const data: Payment = { orderId: 'o-1', status, ...ids, amount };
  return { id: 'o-1', revision: 2, data };
};
const input = { orderId: 'o-1', amount, method: 'pm_card_visa' };

/** A reach whose provider answers `answer`, and that notes what it was asked. */
function reachWith(payment: unknown, answer: unknown) {
  const asked: unknown[] = [];
  const call = (name: string) => async (given: unknown) => {
    asked.push([name, given]);
    return answer;
  };
  const client = {
    authorise: call('authorise'),
    capture: call('capture'),
    void: call('void'),
    refund: call('refund'),
  };
  return { asked, read: async () => payment, outside: () => client };
}

const prepared = async (handler: typeof authorise, payment: unknown, answer: unknown) => {
  const reach = reachWith(payment, answer);
  const value = await handler.handling.prepare!({ input } as any, reach as any);
  return { value, asked: reach.asked };
};
const decided = (handler: typeof authorise, payment: unknown, made: object = {}) =>
  handler.handling.decide({ input, prepared: made, loaded: { payment } } as any) as any;

describe('a payment', () => {
  test('is let go, or taken and given back, once', () => {
    const all = ['authorised', 'captured', 'voided', 'refunded'] as const;
    const ways = all.flatMap((from) =>
      all.filter((to) => mayBecome(from, to)).map((to) => `${from} ${to}`),
    );
    assert.deepEqual(ways, ['authorised captured', 'authorised voided', 'captured refunded']);
  });

  test('given nothing, when authorised, then is held and told', async () => {
    const { value, asked } = await prepared(authorise, undefined, {
      status: 'authorised',
      id: 'auth_1',
    });
    assert.deepEqual(value, { status: 'authorised', id: 'auth_1' });
    const sent = { amount: 500, currency: 'EUR', method: 'pm_card_visa', reference: 'o-1' };
    assert.deepEqual(asked, [['authorise', sent]]);
    const unit = decided(authorise, undefined, value);
    assert.deepEqual(unit.documents[0].data, paid('authorised').data);
    assert.equal(unit.documents[0].expected, 0);
    assert.equal(unit.appends[0].events[0].type, payments.events.authorised.type);
  });

  test('a decline is an answer, holds nothing, and is told', () => {
    const answer = { status: 'declined', reason: 'card_declined' };
    const refused = decided(authorise, undefined, answer);
    assert.equal(refused.refusal, 'PAYMENT_DECLINED');
    assert.deepEqual(refused.data, { reason: 'card_declined' });
    assert.equal(refused.unit.documents, undefined);
    assert.equal(refused.unit.appends[0].events[0].type, payments.events.failed.type);
  });

  test('given voided, when a late authorisation comes back, then it is refused', () => {
    const refused = decided(authorise, paid('voided'), { status: 'authorised', id: 'auth_1' });
    assert.deepEqual(refused, { refusal: 'PAYMENT_DECLINED', data: { reason: 'voided' } });
  });

  test('given authorised, when captured, then is processed and told', async () => {
    const answer = { status: 'captured', captureId: 'cap_1' };
    const { value, asked } = await prepared(capture, paid('authorised'), answer);
    assert.deepEqual(value, { captureId: 'cap_1' });
    assert.deepEqual(asked, [['capture', { authorisation: 'auth_1' }]]);
    const unit = decided(capture, paid('authorised'), { captureId: 'cap_1' });
    assert.deepEqual(unit.documents[0].data, paid('captured').data);
    assert.equal(unit.appends[0].events[0].type, payments.events.processed.type);
  });

  test('given captured, when captured again, then asks nobody and changes nothing', async () => {
    const { value, asked } = await prepared(capture, paid('captured'), undefined);
    assert.deepEqual([value, asked], [{ captureId: 'cap_1' }, []]);
    const unit = decided(capture, paid('captured'), { captureId: 'cap_1' });
    assert.deepEqual(unit, { reply: { captureId: 'cap_1' } });
  });

  test('given nothing or voided, when captured, then refuses without asking the provider', async () => {
    for (const [payment, status] of [
      [undefined, 'absent'],
      [paid('voided'), 'voided'],
    ] as const) {
      const { value, asked } = await prepared(capture, payment, undefined);
      assert.deepEqual(value, { refusal: 'ILLEGAL_TRANSITION', data: { status } });
      assert.deepEqual(asked, []);
      assert.equal(decided(capture, payment, { captureId: 'x' }).refusal, 'ILLEGAL_TRANSITION');
    }
  });

  test('given authorised or an answer that was lost, when voided, then goes by the key', async () => {
    for (const payment of [paid('authorised'), undefined]) {
      const { value, asked } = await prepared(voidPayment, payment, { status: 'voided' });
      assert.equal(value, undefined);
      assert.deepEqual(asked, [['void', { key: 'order/o-1/authorise' }]]);
      const unit = decided(voidPayment, payment);
      assert.equal(unit.documents[0].data.status, 'voided');
      assert.equal(unit.documents[0].expected, payment ? 2 : 0);
      assert.equal(unit.appends[0].events[0].public, false);
    }
  });

  test('given voided, when voided again, then asks nobody and changes nothing', async () => {
    const { asked } = await prepared(voidPayment, paid('voided'), undefined);
    assert.deepEqual(asked, []);
    assert.deepEqual(decided(voidPayment, paid('voided')), { reply: { orderId: 'o-1' } });
  });

  const told = cancelledOrders.handlers.get('order.cancelled.v1')!.handling;
  const event = { data: { orderId: 'o-1' } };

  test('given captured, when its order is cancelled, then is given back by the order’s key', async () => {
    const reach = reachWith(paid('captured'), { status: 'refunded', id: 'ref_1' });
    const made = await told.prepare!({ event } as any, reach as any);
    assert.deepEqual(reach.asked, [['refund', { captureId: 'cap_1', amount: 500 }]]);
    const given = { event, prepared: made, loaded: { payment: paid('captured') } };
    const unit = told.decide(given as any) as any;
    assert.deepEqual(unit.documents[0].data, paid('refunded').data);
    assert.equal(unit.appends[0].events[0].type, payments.events.refunded.type);
  });

  test('given nothing taken, when its order is cancelled, then asks nobody', async () => {
    for (const payment of [undefined, paid('voided'), paid('refunded')]) {
      const reach = reachWith(payment, undefined);
      assert.equal(await told.prepare!({ event } as any, reach as any), undefined);
      assert.deepEqual(reach.asked, []);
      const given = { event, prepared: undefined, loaded: { payment } };
      assert.equal(told.decide(given as any), undefined);
    }
  });

  test('money that the provider will not give back is a person’s to look at', async () => {
    const reach = reachWith(paid('captured'), { status: 'refused', state: 'refunded' });
    await assert.rejects(told.prepare!({ event } as any, reach as any), { code: 'INTERNAL_ERROR' });
  });

  test('given refunded or not taken, when refunded, then answers alike or refuses', async () => {
    const again = await prepared(refund, paid('refunded'), undefined);
    assert.deepEqual([again.value, again.asked], [{ refundId: 'ref_1' }, []]);
    const repeat = decided(refund, paid('refunded'), { refundId: 'ref_1' });
    assert.deepEqual(repeat, { reply: { refundId: 'ref_1' } });
    const early = await prepared(refund, paid('authorised'), undefined);
    const refused = { refusal: 'ILLEGAL_TRANSITION', data: { status: 'authorised' } };
    assert.deepEqual([early.value, early.asked], [refused, []]);
  });

  test('given captured, here or at the provider, when voided, then refuses', async () => {
    const refused = { refusal: 'ILLEGAL_TRANSITION', data: { status: 'captured' } };
    assert.deepEqual((await prepared(voidPayment, paid('captured'), undefined)).value, refused);
    assert.deepEqual(decided(voidPayment, paid('captured')), refused);
    const there = { status: 'refused', state: 'captured' };
    assert.deepEqual((await prepared(voidPayment, paid('authorised'), there)).value, refused);
  });
});
