// When is an order shipped and delivered? When shipping says so, and nobody cancelled before.
import { type EventHandler, on, subscription } from 'offshoot/messaging';
import { orders } from '../../contracts/orders.ts';
import { shipping } from '../../contracts/shipping.ts';
import { mayBecome } from './order.ts';
import { keptOrder, moved } from './order-move.ts';

type Told = typeof shipping.events.dispatched | typeof shipping.events.delivered;

/**
 * Here is where cancelling and shipping meet: the order's own stream decides. What was cancelled
 * stays so; its shipment hears of that and is recalled.
 */
const followed = (told: Told, to: 'shipped' | 'delivered'): EventHandler =>
  on(told, {
    load: ({ event }) => ({ kept: keptOrder(event.data.orderId) }),
    decide({ loaded: { kept }, at }) {
      const { order } = kept;
      if (!order || !mayBecome(order.status, to)) return undefined;
      const { orderId, customerId } = order;
      const event = orders.events[to]({ orderId, customerId });
      return moved(kept, order, { to, event, at });
    },
  });

export const followedShipments = subscription('shipments', [
  followed(shipping.events.dispatched, 'shipped'),
  followed(shipping.events.delivered, 'delivered'),
]);
