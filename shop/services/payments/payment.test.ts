// May money be taken or let go twice, or after the other?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { payments } from '../../contracts/payments.ts';
import { authorise } from './authorise.ts';
import { capture } from './capture.ts';
import { mayBecome, type Payment, type PaymentStatus } from './payment.ts';
import { voidPayment } from './void.ts';

const amount = { amount: 500, currency: 'EUR' };
const paid = (status: PaymentStatus) => {
  const captureId = status === 'captured' ? 'cap_1' : '';
  const data: Payment = { orderId: 'o-1', status, authorisationId: 'auth_1', captureId, amount };
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
  const client = { authorise: call('authorise'), capture: call('capture'), void: call('void') };
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
  test('is taken or let go, once', () => {
    const all = ['authorised', 'captured', 'voided'] as const;
    const ways = all.flatMap((from) =>
      all.filter((to) => mayBecome(from, to)).map((to) => `${from} ${to}`),
    );
    assert.deepEqual(ways, ['authorised captured', 'authorised voided']);
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

  test('given captured, here or at the provider, when voided, then refuses', async () => {
    const refused = { refusal: 'ILLEGAL_TRANSITION', data: { status: 'captured' } };
    assert.deepEqual((await prepared(voidPayment, paid('captured'), undefined)).value, refused);
    assert.deepEqual(decided(voidPayment, paid('captured')), refused);
    const there = { status: 'refused', state: 'captured' };
    assert.deepEqual((await prepared(voidPayment, paid('authorised'), there)).value, refused);
  });
});
