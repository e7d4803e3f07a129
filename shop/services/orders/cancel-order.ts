// How does a customer change their mind, whatever the checkout is doing at that moment?
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { append, privateEvent } from 'offshoot/store';
import { orders } from '../../contracts/orders.ts';
import { BY_CUSTOMER, checkout } from './checkout.ts';
import { CANCEL_REQUESTED, mayBecome, type Order, streamOfOrder } from './order.ts';
import { keptOrder, moved } from './order-move.ts';

/**
 * A pending order is its checkout's: a signal asks that to undo what it did or, beyond its pivot,
 * to finish and cancel then. The wish is written into the order's stream, so that it and a
 * confirmation at the same moment cannot both be decided on the same version.
 */
export const cancelOrder = commandHandler(orders.cancel, {
  load: ({ input }) => ({ kept: keptOrder(input.orderId) }),
  decide({ input: { orderId }, principal, loaded: { kept }, at }) {
    const { order, version } = kept;
    const isOwner = principal.kind === 'user' && order?.customerId === principal.id;
    if (!order || !isOwner) return refuse('ORDER_NOT_FOUND');
    const { status: from, isCancelRequested, customerId } = order;
    if (!mayBecome(from, 'cancelled'))
      return refuse('ILLEGAL_TRANSITION', { from, to: 'cancelled' });
    if (from === 'pending') {
      const reply = { orderId, status: from };
      return isCancelRequested ? { reply } : { ...wish(order, version), reply };
    }
    const event = orders.events.cancelled({ orderId, customerId, reason: BY_CUSTOMER });
    const move = { to: 'cancelled', event, at, reason: BY_CUSTOMER } as const;
    return { ...moved(kept, order, move), reply: { orderId, status: 'cancelled' as const } };
  },
});

function wish({ orderId }: Order, version: number) {
  const asked = privateEvent(CANCEL_REQUESTED, { orderId }, orderId);
  return {
    appends: [append(streamOfOrder(orderId), [asked], version)],
    signals: [checkout.cancel(orderId)],
  };
}
