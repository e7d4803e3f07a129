// When does a shipment leave? A short while after it was made, or when the warehouse says so.
import { refuse } from 'offshoot/contract';
import { commandHandler, onTimer } from 'offshoot/service';
import { append, type Document } from 'offshoot/store';
import { shipping } from '../../contracts/shipping.ts';
import { mayBecome, moved, type Shipment, shipmentOf, streamOfShipment } from './shipment.ts';

/** How long a confirmed order can still be cancelled before anything leaves the house. */
export const DISPATCH_AFTER_MS = 300;
export const DISPATCH_TIMER = 'dispatch';

function leaving(found: Document<Shipment>, at: number) {
  const { orderId } = found.data;
  return {
    appends: [append(streamOfShipment(orderId), [shipping.events.dispatched({ orderId })])],
    documents: [moved(found, 'dispatched', at)],
  };
}

/** What was cancelled meanwhile stays; what has left has left. */
export const dispatchWhenDue = onTimer(DISPATCH_TIMER, {
  load: ({ id: orderId }) => ({ shipment: shipmentOf(orderId) }),
  decide({ loaded: { shipment: found }, at }) {
    return found?.data.status === 'created' ? leaving(found, at) : undefined;
  },
});

export const dispatch = commandHandler(shipping.dispatch, {
  load: ({ input }) => ({ shipment: shipmentOf(input.orderId) }),
  decide({ input: { orderId }, loaded: { shipment: found }, at }) {
    if (!found) return refuse('ORDER_NOT_FOUND');
    const { status: from } = found.data;
    const reply = { orderId, status: 'dispatched' } as const;
    if (from === 'dispatched') return { reply };
    if (!mayBecome(from, 'dispatched'))
      return refuse('ILLEGAL_TRANSITION', { from, to: 'dispatched' });
    return { ...leaving(found, at), reply };
  },
});
