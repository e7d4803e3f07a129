// What does an order's end mean for its stock? Confirmed, it is sold; cancelled, it is back.
import { OffshootError } from 'offshoot/error';
import { on, subscription } from 'offshoot/messaging';
import { put } from 'offshoot/store';
import { orders } from '../../contracts/orders.ts';
import {
  claimOf,
  eachLine,
  mayBeSold,
  type Reservation,
  reservations,
  returned,
} from './reservation.ts';
import { handOver, putBack, takeBack } from './stock.ts';

const confirmed = on(orders.events.confirmed, {
  load: ({ event }) => ({ claim: claimOf(event.data.orderId) }),
  decide({ event, loaded }) {
    const { orderId } = event.data;
    const { reservation: found, stocks } = loaded.claim;
    if (found?.data.status === 'sold') return undefined;
    // Confirmed, cancelled, and expired before this was heard: the cancellation is on its way too.
    if (found?.data.wasCancelled) return undefined;
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
});

/** A checkout that fell through has put its stock back itself; what was sold comes back here. */
const cancelled = on(orders.events.cancelled, {
  load: ({ event }) => ({ claim: claimOf(event.data.orderId) }),
  decide({ loaded }) {
    const { reservation: found, stocks } = loaded.claim;
    if (!found || found.data.status === 'released') return undefined;
    return returned(found, stocks, found.data.status === 'sold' ? takeBack : putBack);
  },
});

/** One subscription, so that an order's cancellation never overtakes its confirmation. */
export const followedOrders = subscription('orders', [confirmed, cancelled]);
