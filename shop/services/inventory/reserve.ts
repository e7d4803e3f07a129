// How is stock set aside for an order: all of it, or nothing?
import { refuse } from 'offshoot/contract';
import { commandHandler, recorded } from 'offshoot/service';
import { append, type Document, many, one, put } from 'offshoot/store';
import { inventory, type StockLine } from '../../contracts/inventory.ts';
import {
  EXPIRY_TIMER,
  eachLine,
  RESERVATION_MS,
  type Reservation,
  reservations,
  streamOfFailure,
  streamOfReservation,
} from './reservation.ts';
import { merged, type Stock, setAside, skusOf, stock } from './stock.ts';

export const reserve = commandHandler(inventory.reserve, {
  load: ({ input }) => ({
    reservation: one(reservations, input.orderId),
    stocks: many(stock, skusOf(merged(input.lines))),
  }),
  decide({ input, loaded, at }) {
    const { orderId } = input;
    const known = loaded.reservation?.data;
    if (known?.status === 'released') return refuse('RESERVATION_CLOSED');
    if (known) return { reply: { reservationId: orderId } };
    const lines = merged(input.lines);
    const short = firstShort(lines, loaded.stocks);
    if (short) {
      const failed = inventory.events.reservation_failed({ orderId, ...short });
      const unit = { appends: [append(streamOfFailure(orderId), [failed])] };
      return recorded(refuse('OUT_OF_STOCK', short), unit);
    }
    const expires = at + RESERVATION_MS;
    const reservation: Reservation = { orderId, status: 'reserved', lines, expires };
    const reserved = inventory.events.reserved({ orderId, lines });
    return {
      appends: [append(streamOfReservation(orderId), [reserved], 0)],
      documents: [
        put(reservations, orderId, reservation, 0),
        ...eachLine(lines, loaded.stocks, setAside),
      ],
      timers: [{ name: EXPIRY_TIMER, id: orderId, due: expires }],
      reply: { reservationId: orderId },
    };
  },
});

/** The first line that cannot be met; of what nobody ever stocked there is nothing. */
export function firstShort(
  lines: readonly StockLine[],
  stocks: readonly (Document<Stock> | undefined)[],
): { sku: string; available: number } | undefined {
  for (const [index, { sku, quantity }] of lines.entries()) {
    const available = stocks[index]?.data.available ?? 0;
    if (available < quantity) return { sku, available };
  }
  return undefined;
}
