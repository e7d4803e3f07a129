// What does a mail say?
import type { NotificationKind } from '../../contracts/notifications.ts';

/** A fact that a customer is to be told, without anything personal. */
export interface Fact {
  /** Of the event: what makes the mail one. */
  readonly eventId: string;
  readonly kind: NotificationKind;
  readonly orderId: string;
  readonly userId: string;
  /** Why it was cancelled: a code. '' otherwise. */
  readonly reason: string;
}

export interface Letter {
  readonly subject: string;
  readonly text: string;
}

/** The mail about a fact, to somebody with this name ('' when there is none). */
export function letter(fact: Fact, name: string): Letter {
  const { subject, lines } = ABOUT[fact.kind](fact);
  const greeting = name === '' ? 'Hello,' : `Hello ${name},`;
  const text = [greeting, ...lines, `Your order: ${fact.orderId}`, 'The shop'].join('\n\n');
  return { subject, text: `${text}\n` };
}

type About = (fact: Fact) => { readonly subject: string; readonly lines: readonly string[] };

const ABOUT: Readonly<Record<NotificationKind, About>> = {
  'order.confirmed': ({ orderId }) => ({
    subject: `We have your order ${orderId}`,
    lines: ['Thank you. Your things are set aside and your payment went through.'],
  }),
  'order.shipped': ({ orderId }) => ({
    subject: `Your order ${orderId} is on its way`,
    lines: ['Your parcel has left our warehouse.'],
  }),
  'order.cancelled': ({ orderId, reason }) => ({
    subject: `Your order ${orderId} was cancelled`,
    lines: [
      WHY.get(reason) ?? 'Your order could not be carried out.',
      'Nothing is owed: what you may have paid comes back to you.',
    ],
  }),
};

const WHY: ReadonlyMap<string, string> = new Map([
  ['CUSTOMER', 'Your order was cancelled, as you asked.'],
  ['OUT_OF_STOCK', 'We do not have enough of what you ordered. We are sorry.'],
  ['PAYMENT_DECLINED', 'Your payment was declined, so we cannot send your order.'],
]);
