// How does a customer see where the things are?
import { refuse } from 'offshoot/contract';
import { isoTime } from 'offshoot/runtime';
import { queryHandler } from 'offshoot/service';
import { one } from 'offshoot/store';
import { shipping } from '../../contracts/shipping.ts';
import { destinations, shipmentOf } from './shipment.ts';

export const readShipment = queryHandler(shipping.get, {
  load: ({ input }) => ({
    shipment: shipmentOf(input.orderId),
    destination: one(destinations, input.orderId),
  }),
  answer({ principal, loaded: { shipment, destination } }) {
    const isAdmin = principal.kind === 'user' && principal.roles.includes('admin');
    const isOwner = principal.kind === 'user' && shipment?.data.customerId === principal.id;
    // Somebody else's looks like none: an answer must not say which orders exist.
    if (!shipment || !(isOwner || isAdmin)) return refuse('ORDER_NOT_FOUND');
    const { orderId, status, lines, createdAt, updatedAt } = shipment.data;
    return {
      orderId,
      status,
      lines: [...lines],
      shippingAddress: destination?.data.address ?? null,
      createdAt: isoTime(createdAt),
      updatedAt: isoTime(updatedAt),
    };
  },
});
