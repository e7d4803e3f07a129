// What becomes of a reservation that nobody ended? Somebody asks, before anything is put back.
import { isRefused } from 'offshoot/contract';
import { onTimer } from 'offshoot/service';
import { put } from 'offshoot/store';
import { orders } from '../../contracts/orders.ts';
import {
  claimOf,
  EXPIRY_TIMER,
  mayBeReleased,
  RESERVATION_MS,
  reservations,
  returned,
} from './reservation.ts';
import { putBack } from './stock.ts';

/**
 * A backstop: stock goes back only if its order is cancelled or unknown, facts that do not change
 * any more. Any other order keeps it, and is asked about again 15 minutes later.
 */
export const expireWhenDue = onTimer(EXPIRY_TIMER, {
  async prepare({ id: orderId }, reach) {
    const { reservation: found } = await reach.read(claimOf(orderId));
    if (!found || !mayBeReleased(found.data.status)) return { isOver: false, wasCancelled: false };
    const order = await reach.ask(orders.status, { orderId });
    const wasCancelled = !isRefused(order) && order.status === 'cancelled';
    return { isOver: isRefused(order) || wasCancelled, wasCancelled };
  },
  load: ({ id: orderId }) => ({ claim: claimOf(orderId) }),
  decide({ id, prepared: { isOver, wasCancelled }, loaded, at }) {
    const { reservation: found, stocks } = loaded.claim;
    if (!found || !mayBeReleased(found.data.status)) return undefined;
    if (isOver) {
      const data = wasCancelled ? { ...found.data, wasCancelled } : found.data;
      return returned({ ...found, data }, stocks, putBack);
    }
    const expires = at + RESERVATION_MS;
    return {
      documents: [put(reservations, id, { ...found.data, expires }, found.revision)],
      timers: [{ name: EXPIRY_TIMER, id, due: expires }],
    };
  },
});
