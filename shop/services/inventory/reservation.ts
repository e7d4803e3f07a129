// What is an order's claim on stock, and how does it end?
import {
  andThen,
  append,
  collection,
  type Document,
  type DocumentChange,
  many,
  map,
  one,
  put,
} from 'offshoot/store';
import { inventory, type StockLine } from '../../contracts/inventory.ts';
import { type Stock, skusOf, stock } from './stock.ts';

export type ReservationStatus = 'reserved' | 'released' | 'sold';

/** Its id is the order's. */
export interface Reservation {
  readonly orderId: string;
  readonly status: ReservationStatus;
  /** One per SKU. Empty when it was released before it was made. */
  readonly lines: readonly StockLine[];
  /** Milliseconds since 1970: when somebody should ask what became of the order. */
  readonly expires: number;
  /** It expired when its order was cancelled already: a confirmation heard later is history. */
  readonly wasCancelled?: boolean;
}

export const reservations = collection<Reservation>('reservations');
export const RESERVATION_MS = 15 * 60_000;
export const EXPIRY_TIMER = 'reservation-expiry';

export const streamOfReservation = (orderId: string) => `reservation/${orderId}`;
/** What could not be set aside is no reservation: it has a stream of its own. */
export const streamOfFailure = (orderId: string) => `reservation-failure/${orderId}`;

/** From `reserved` it is put back or handed over; what was handed over may come back as well. */
export const mayBeReleased = (from: ReservationStatus) => from === 'reserved';
export const mayBeSold = (from: ReservationStatus) => from === 'reserved';

/** A need for an order's reservation together with the stock that it claims. */
export const claimOf = (orderId: string) =>
  andThen(one(reservations, orderId), (reservation) =>
    map(many(stock, skusOf(reservation?.data.lines ?? [])), (stocks) => ({ reservation, stocks })),
  );

type Claim = NonNullable<ReturnType<typeof claimOf>['result']>;

/** The part of a unit that puts a claim back, by `putBack` or, from what was sold, `takeBack`. */
export function returned(
  found: Document<Reservation>,
  stocks: Claim['stocks'],
  change: (of: Stock, quantity: number) => Stock,
) {
  const { orderId, lines } = found.data;
  const released: Reservation = { ...found.data, status: 'released' };
  const event = inventory.events.released({ orderId, lines: [...lines] });
  return {
    appends: [append(streamOfReservation(orderId), [event])],
    documents: [
      put(reservations, orderId, released, found.revision),
      ...eachLine(lines, stocks, change),
    ],
  };
}

/** Changes the stock of every line; `stocks` stand in the order of `lines`. */
export function eachLine(
  lines: readonly StockLine[],
  stocks: readonly (Document<Stock> | undefined)[],
  change: (of: Stock, quantity: number) => Stock,
): DocumentChange<Stock>[] {
  return lines.flatMap(({ quantity }, index) => {
    const found = stocks[index];
    return found ? [put(stock, found.id, change(found.data, quantity), found.revision)] : [];
  });
}
