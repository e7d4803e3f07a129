// How does stock come back when an order falls through?
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { put } from 'offshoot/store';
import { inventory } from '../../contracts/inventory.ts';
import { claimOf, mayBeReleased, type Reservation, reservations, returned } from './reservation.ts';
import { putBack } from './stock.ts';

export const release = commandHandler(inventory.release, {
  load: ({ input }) => ({ claim: claimOf(input.orderId) }),
  decide({ input, loaded, at }) {
    const { orderId } = input;
    const { reservation: found, stocks } = loaded.claim;
    const reply = { reservationId: orderId };
    if (!found) {
      // The reserve that this undoes may still be on its way: it must find the door closed.
      const closed: Reservation = { orderId, status: 'released', lines: [], expires: at };
      return { documents: [put(reservations, orderId, closed, 0)], reply };
    }
    const { status } = found.data;
    if (status === 'released') return { reply };
    if (!mayBeReleased(status)) return refuse('ILLEGAL_TRANSITION', { status });
    return { ...returned(found, stocks, putBack), reply };
  },
});
