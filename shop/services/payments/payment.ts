// What is an order's payment, and what may become of it?
import { collection, one } from 'offshoot/store';
import type { Money } from '../../contracts/money.ts';

export type PaymentStatus = 'authorised' | 'captured' | 'voided' | 'refunded';

/** Its id is the order's. A decline leaves none: nothing is held. */
export interface Payment {
  readonly orderId: string;
  readonly status: PaymentStatus;
  /** The provider's id; '' when it was voided before anything was held. */
  readonly authorisationId: string;
  /** The provider's id; '' until captured. */
  readonly captureId: string;
  /** The provider's id; '' until refunded. */
  readonly refundId: string;
  /** null when it was voided before anything was held. */
  readonly amount: Money | null;
}

export const paymentsByOrder = collection<Payment>('payments');

export const paymentOf = (orderId: string) => one(paymentsByOrder, orderId);
export const streamOfPayment = (orderId: string) => `payment/${orderId}`;
/** A decline leaves no payment: it has a stream of its own. */
export const streamOfDecline = (orderId: string) => `payment-decline/${orderId}`;

/** Every legal transition: money is let go, or taken and perhaps given back. */
export const TRANSITIONS: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  authorised: ['captured', 'voided'],
  captured: ['refunded'],
  voided: [],
  refunded: [],
};

export const mayBecome = (from: PaymentStatus, to: PaymentStatus) => TRANSITIONS[from].includes(to);
