// What changes together when money moves? The same for the checkout, for refunds and for mending.
import type { EventValue } from 'offshoot/contract';
import { OffshootError } from 'offshoot/error';
import { append, type Document, privateEvent, put } from 'offshoot/store';
import type { Money } from '../../contracts/money.ts';
import { payments } from '../../contracts/payments.ts';
import { type Payment, paymentsByOrder, streamOfPayment } from './payment.ts';

/** A payment after one step, and the fact that says so. Says nothing about whether it may. */
export interface Move {
  readonly payment: Payment;
  readonly event: EventValue;
}

export function authorised(orderId: string, authorisationId: string, amount: Money): Move {
  const held = { orderId, status: 'authorised', authorisationId, amount } as const;
  return {
    payment: { ...held, captureId: '', refundId: '' },
    event: payments.events.authorised({ orderId, authorisationId, amount }),
  };
}

export function captured(payment: Payment, captureId: string): Move {
  const { orderId } = payment;
  return {
    payment: { ...payment, status: 'captured', captureId },
    event: payments.events.processed({ orderId, captureId, amount: amountOf(payment) }),
  };
}

export function refunded(payment: Payment, refundId: string): Move {
  const { orderId } = payment;
  return {
    payment: { ...payment, status: 'refunded', refundId },
    event: payments.events.refunded({ orderId, refundId, amount: amountOf(payment) }),
  };
}

/** Also of what was never held here, so that it can never be. */
export function voided(orderId: string, payment?: Payment): Move {
  const nothing = { orderId, authorisationId: '', captureId: '', refundId: '', amount: null };
  return {
    payment: { ...(payment ?? nothing), status: 'voided' },
    event: privateEvent('payment.voided', { orderId }, orderId),
  };
}

function amountOf({ orderId, amount }: Payment): Money {
  if (amount) return amount;
  throw new OffshootError('INTERNAL_ERROR', `payment ${orderId} has no amount`);
}

/** The part of a unit of work that makes these moves, one after the other, of one payment. */
export function moved(found: Document<Payment> | undefined, ...moves: readonly [Move, ...Move[]]) {
  const { payment } = moves.at(-1) ?? moves[0];
  const { orderId } = payment;
  const events = moves.map(({ event }) => event);
  return {
    appends: [append(streamOfPayment(orderId), events, found ? undefined : 0)],
    documents: [put(paymentsByOrder, orderId, payment, found?.revision ?? 0)],
  };
}
