// What is done when an order was confirmed, shipped or cancelled? Its customer is told, once.
import { OffshootError } from 'offshoot/error';
import { type Incoming, on, subscription } from 'offshoot/messaging';
import { one, put, type Reach, type UnitOfWork } from 'offshoot/store';
import type { NotificationKind } from '../../contracts/notifications.ts';
import { orders } from '../../contracts/orders.ts';
import type { Fact } from './letter.ts';
import { type Outcome, pending, recipients, told } from './notice.ts';
import { send } from './send.ts';

interface AboutOrder {
  readonly orderId: string;
  readonly customerId: string;
  readonly reason?: string;
}
interface Given {
  readonly event: Incoming<AboutOrder>;
}

const factOf = (kind: NotificationKind, { id: eventId, data }: Incoming<AboutOrder>): Fact => ({
  ...{ eventId, kind, orderId: data.orderId, userId: data.customerId, reason: data.reason ?? '' },
});

/**
 * Without an address the fact waits in a document, not in the subscription: other customers'
 * facts go on, and the arrival of the address sends it.
 */
export const telling = (kind: NotificationKind) => ({
  async prepare({ event }: Given, reach: Reach): Promise<Outcome | undefined> {
    const recipient = await reach.read(one(recipients, event.data.customerId));
    return recipient && send(reach, factOf(kind, event), recipient.data);
  },
  load: ({ event }: Given) => ({ recipient: one(recipients, event.data.customerId) }),
  decide({
    event,
    prepared: outcome,
    loaded,
    at,
  }: Given & {
    readonly prepared: Outcome | undefined;
    readonly loaded: { readonly recipient: object | undefined };
    readonly at: number;
  }): Omit<UnitOfWork, 'reply'> {
    const fact = factOf(kind, event);
    if (outcome) return told(fact, outcome, at);
    // It came between `prepare` and now, and has sent what waited without this.
    if (loaded.recipient)
      throw new OffshootError('UNAVAILABLE', `the address for ${fact.orderId} arrived just now`);
    return { documents: [put(pending, fact.eventId, fact, 0)] };
  },
});

export const orderFacts = subscription('order-facts', [
  on(orders.events.confirmed, telling('order.confirmed')),
  on(orders.events.shipped, telling('order.shipped')),
  on(orders.events.cancelled, telling('order.cancelled')),
]);
