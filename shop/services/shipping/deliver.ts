// When may a shipment be handed over? When its order can no longer be cancelled.
import { isRefused, refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { append } from 'offshoot/store';
import { type OrderStatus, orders } from '../../contracts/orders.ts';
import { shipping } from '../../contracts/shipping.ts';
import { mayBecome, moved, shipmentOf, streamOfShipment } from './shipment.ts';

/** From here on nobody cancels, so an answer that is old is still true. */
const BEYOND_RECALL: ReadonlySet<OrderStatus> = new Set(['shipped', 'delivered']);

/**
 * Asks orders first: a shipment may be under way whose order was cancelled before it was known
 * to be shipped. That one is about to be recalled, and must not be handed over.
 */
export const deliver = commandHandler(shipping.deliver, {
  async prepare({ input: { orderId } }, reach) {
    const found = await reach.read(shipmentOf(orderId));
    if (!found) return refuse('ORDER_NOT_FOUND');
    const order = await reach.ask(orders.status, { orderId });
    if (isRefused(order)) return refuse('ORDER_NOT_FOUND');
    if (BEYOND_RECALL.has(order.status)) return undefined;
    return refuse('ILLEGAL_TRANSITION', { from: found.data.status, to: 'delivered' });
  },
  load: ({ input }) => ({ shipment: shipmentOf(input.orderId) }),
  decide({ input: { orderId }, loaded: { shipment: found }, at }) {
    if (!found) return refuse('ORDER_NOT_FOUND');
    const { status: from } = found.data;
    const reply = { orderId, status: 'delivered' } as const;
    if (from === 'delivered') return { reply };
    if (!mayBecome(from, 'delivered'))
      return refuse('ILLEGAL_TRANSITION', { from, to: 'delivered' });
    const delivered = shipping.events.delivered({ orderId });
    return {
      appends: [append(streamOfShipment(orderId), [delivered])],
      documents: [moved(found, 'delivered', at)],
      reply,
    };
  },
});
