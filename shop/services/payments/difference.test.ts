// Is every way in which a payment and the provider can disagree named, and mended for good?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { OrderStatus } from '../../contracts/orders.ts';
import { differences, type Finding, isOver } from './difference.ts';
import type { Payment, PaymentStatus } from './payment.ts';
import type { Charge, Statement } from './statement.ts';

const BELIEVED = ['absent', 'authorised', 'captured', 'voided', 'refunded'] as const;
const PROVIDER = ['none', 'held', 'captured', 'voided', 'refunded', 'partly_refunded'] as const;
const ORDERS = ['pending', 'confirmed', 'shipped', 'delivered', 'cancelled', 'unknown'] as const;

const paid = (status: PaymentStatus, amount = 500): Payment => ({
  ...{ orderId: 'o-1', status, authorisationId: 'auth_1' },
  ...{ captureId: '', refundId: '', amount: { amount, currency: 'EUR' } },
});
const believed = (status: (typeof BELIEVED)[number]) =>
  status === 'absent' ? undefined : paid(status);

function charged(state: (typeof PROVIDER)[number], key = 'order/o-1/authorise'): Charge[] {
  if (state === 'none') return [];
  const refunded = { refunded: 500, partly_refunded: 100 }[state as string] ?? 0;
  return [
    {
      ...{ authorisation: `auth ${key}`, key, amount: 500, currency: 'EUR', refunded },
      state: refunded > 0 ? 'captured' : (state as Charge['state']),
      ...{ captureKey: 'c', refundKey: 'r', at: '2026-11-21T00:00:00.000Z' },
    },
  ];
}
const statement = (...charges: Charge[]): Statement => ({
  ...{ orderId: 'o-1', reading: 1, seq: 9, charges },
});

/** What the provider has after it did what the finding asks for. */
function after(charge: Charge, { action }: Finding): Charge {
  if (action === 'void') return { ...charge, state: 'voided' };
  if (action === 'refund') return { ...charge, refunded: charge.amount };
  return action === 'capture' ? { ...charge, state: 'captured' } : charge;
}

const kinds = (found: readonly Finding[]) => found.map(({ kind, action }) => `${kind} ${action}`);
const of = (
  payment: Payment | undefined,
  charges: readonly Charge[],
  order: OrderStatus | 'unknown' = 'confirmed',
) => kinds(differences(payment, statement(...charges), order));

describe('a difference', () => {
  test('of any kind is gone after its mend, and needs no second one', () => {
    for (const said of BELIEVED)
      for (const theirs of PROVIDER)
        for (const order of ORDERS) {
          const where = `${said}, ${theirs}, ${order}`;
          const payment = believed(said);
          const charges = charged(theirs);
          const [found, ...more] = differences(payment, statement(...charges), order);
          assert.deepEqual(more, [], where);
          if (!found || found.action === 'none') continue;
          const becomes = found.becomes ?? payment?.status;
          const then = charges.map((one) => after(one, found));
          const left = differences(becomes && paid(becomes), statement(...then), order);
          assert.deepEqual(kinds(left), [], where);
        }
  });

  test('never takes money back from an order that stands, and takes no more from one that is over', () => {
    for (const said of BELIEVED)
      for (const theirs of PROVIDER) {
        const actions = (order: OrderStatus) =>
          differences(believed(said), statement(...charged(theirs)), order).map(
            (one) => one.action,
          );
        for (const order of ['pending', 'confirmed', 'shipped', 'delivered'] as const)
          assert.ok(!actions(order).includes('refund'), `${said}, ${theirs}, ${order}`);
        assert.ok(!actions('cancelled').includes('capture'), `${said}, ${theirs}`);
      }
  });

  test('is none where both say the same of an order that it fits', () => {
    const fits = [
      ['absent', 'none', 'cancelled'],
      ['authorised', 'held', 'pending'],
      ['captured', 'captured', 'delivered'],
      ['voided', 'voided', 'cancelled'],
      ['voided', 'none', 'cancelled'],
      ['refunded', 'refunded', 'cancelled'],
    ] as const;
    for (const [said, theirs, order] of fits)
      assert.deepEqual(of(believed(said), charged(theirs), order), [], `${said}, ${theirs}`);
  });

  test('is named after what happened', () => {
    assert.deepEqual(of(undefined, charged('captured')), ['answer_lost record']);
    assert.deepEqual(of(paid('authorised'), charged('captured')), ['answer_lost record']);
    assert.deepEqual(of(undefined, charged('captured'), 'cancelled'), ['answer_lost refund']);
    assert.deepEqual(of(paid('authorised'), charged('held'), 'cancelled'), ['left_open void']);
    assert.deepEqual(of(paid('captured'), charged('captured'), 'cancelled'), [
      'not_given_back refund',
    ]);
    assert.deepEqual(of(paid('captured'), charged('held')), ['not_at_provider capture']);
    assert.deepEqual(of(paid('captured'), []), ['not_at_provider none']);
    assert.deepEqual(of(paid('captured', 499), charged('captured')), ['amount_differs none']);
    assert.deepEqual(of(paid('captured'), charged('partly_refunded')), ['amount_differs none']);
    assert.deepEqual(of(paid('captured'), charged('voided')), ['contradicts none']);
  });

  test('is each charge for an order of ours that we did not make; others are a person’s', () => {
    const own = charged('captured');
    const strays = [...charged('held', 'by-hand-1'), ...charged('captured', 'by-hand-2')];
    const found = of(paid('captured'), [...own, ...strays]);
    assert.deepEqual(found, ['stray_charge void', 'stray_charge refund']);
    assert.deepEqual(of(undefined, strays, 'unknown'), ['not_ours none', 'not_ours none']);
    assert.deepEqual(of(paid('captured'), [...own, ...charged('refunded', 'by-hand')]), []);
  });

  test('is not looked for in an order where all is over on both sides', () => {
    const over = (said: (typeof BELIEVED)[number], theirs: (typeof PROVIDER)[number]) =>
      isOver(believed(said), statement(...charged(theirs)));
    assert.ok(over('voided', 'voided') && over('refunded', 'refunded') && over('voided', 'none'));
    assert.ok(
      !over('captured', 'captured') && !over('absent', 'voided') && !over('voided', 'held'),
    );
    assert.ok(!isOver(paid('voided'), statement(...charged('held', 'by-hand'))));
  });
});
