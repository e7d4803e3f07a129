// When does what was set aside count as sold? When its order is confirmed.
import { OffshootError } from 'offshoot/error';
import { on, subscription } from 'offshoot/messaging';
import { put } from 'offshoot/store';
import { orders } from '../../contracts/orders.ts';
import { claimOf, eachLine, mayBeSold, type Reservation, reservations } from './reservation.ts';
import { handOver } from './stock.ts';

export const confirmedOrders = subscription('confirmed-orders', [
  on(orders.events.confirmed, {
    load: ({ event }) => ({ claim: claimOf(event.data.orderId) }),
    decide({ event, loaded }) {
      const { orderId } = event.data;
      const { reservation: found, stocks } = loaded.claim;
      if (found?.data.status === 'sold') return undefined;
      if (!found || !mayBeSold(found.data.status)) {
        const message = `order ${orderId} is confirmed, but its stock was never set aside or is back; look at both`;
        throw new OffshootError('INTERNAL_ERROR', message);
      }
      const sold: Reservation = { ...found.data, status: 'sold' };
      return {
        documents: [
          put(reservations, orderId, sold, found.revision),
          ...eachLine(sold.lines, stocks, handOver),
        ],
      };
    },
  }),
]);
