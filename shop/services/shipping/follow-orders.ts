// What does an order's life mean for its shipment? Choreographed: nobody tells shipping what to do.
import { OffshootError } from 'offshoot/error';
import { on, subscription } from 'offshoot/messaging';
import { append, put, remove } from 'offshoot/store';
import type { StockLine } from '../../contracts/inventory.ts';
import { type OrderItem, orders } from '../../contracts/orders.ts';
import { shipping } from '../../contracts/shipping.ts';
import { DISPATCH_AFTER_MS, DISPATCH_TIMER } from './dispatch.ts';
import {
  destinations,
  mayBecome,
  moved,
  type Shipment,
  shipmentOf,
  shipments,
  streamOfShipment,
} from './shipment.ts';

const linesOf = (items: readonly OrderItem[]): StockLine[] => {
  const quantities = new Map<string, number>();
  for (const { sku, quantity } of items) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity);
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }));
};

const placed = on(orders.events.created, {
  decide({ event: { data } }) {
    const { orderId, customerId, shippingAddress: address } = data;
    return { documents: [put(destinations, orderId, { orderId, customerId, address })] };
  },
});

const confirmed = on(orders.events.confirmed, {
  load: ({ event }) => ({ shipment: shipmentOf(event.data.orderId) }),
  decide({ event, loaded, at }) {
    if (loaded.shipment) return undefined;
    const { orderId, customerId } = event.data;
    const lines = linesOf(event.data.items);
    const facts = { orderId, customerId, lines };
    const shipment: Shipment = { ...facts, status: 'created', createdAt: at, updatedAt: at };
    return {
      appends: [append(streamOfShipment(orderId), [shipping.events.created(facts)], 0)],
      documents: [put(shipments, orderId, shipment, 0)],
      timers: [{ name: DISPATCH_TIMER, id: orderId, due: at + DISPATCH_AFTER_MS }],
    };
  },
});

/** What has not left stays here; what is under way is recalled. Both are `shipment.cancelled`. */
const cancelled = on(orders.events.cancelled, {
  load: ({ event }) => ({ shipment: shipmentOf(event.data.orderId) }),
  decide({ event, loaded: { shipment: found }, at }) {
    const { orderId } = event.data;
    const forgotten = remove(destinations, orderId);
    if (!found || found.data.status === 'cancelled') return { documents: [forgotten] };
    const { status } = found.data;
    if (!mayBecome(status, 'cancelled')) {
      const message = `order ${orderId} is cancelled, but its shipment is ${status}; look at both`;
      throw new OffshootError('INTERNAL_ERROR', message);
    }
    const stopped = shipping.events.cancelled({ orderId, recalled: status === 'dispatched' });
    return {
      appends: [append(streamOfShipment(orderId), [stopped])],
      documents: [moved(found, 'cancelled', at), forgotten],
    };
  },
});

/** One subscription, so that what happens to one order arrives in its order. */
export const followedOrders = subscription('orders', [placed, confirmed, cancelled]);
