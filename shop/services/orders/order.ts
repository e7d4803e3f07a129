// What is an order, what may become of it, and how do its events say so?
import { type Evolve, fold } from 'offshoot/aggregate';
import type { EventData } from 'offshoot/contract';
import type { StoredEvent } from 'offshoot/store';
import type { Money } from '../../contracts/money.ts';
import { type OrderItem, type OrderStatus, orders } from '../../contracts/orders.ts';

export interface Order {
  readonly orderId: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly items: readonly OrderItem[];
  readonly total: Money;
  /** Its customer wants out while its checkout still runs. */
  readonly isCancelRequested?: boolean;
}

/** Every legal transition; what is not here is refused with ILLEGAL_TRANSITION. */
export const TRANSITIONS: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  pending: ['confirmed', 'cancelled'],
  confirmed: ['shipped', 'cancelled'],
  shipped: ['delivered'],
  delivered: [],
  cancelled: [],
};

export const mayBecome = (from: OrderStatus, to: OrderStatus) => TRANSITIONS[from].includes(to);

export const streamOfOrder = (orderId: string) => `order/${orderId}`;

/** A private event: only the checkout's end makes it a cancellation. */
export const CANCEL_REQUESTED = 'order.cancel_requested';

type Created = EventData<typeof orders.events.created>;

/** What each event makes of an order. One that is not here cannot be read: nothing is skipped. */
const evolve: Evolve<Order | undefined> = {
  [orders.events.created.type]: (_, { orderId, customerId, items, total }: Created) => ({
    ...{ orderId, customerId, items, total },
    status: 'pending',
  }),
  [CANCEL_REQUESTED]: (order) => order && { ...order, isCancelRequested: true },
  [orders.events.confirmed.type]: (order) => order && { ...order, status: 'confirmed' },
  [orders.events.shipped.type]: (order) => order && { ...order, status: 'shipped' },
  [orders.events.delivered.type]: (order) => order && { ...order, status: 'delivered' },
  [orders.events.cancelled.type]: (order) => order && { ...order, status: 'cancelled' },
};

const folding = { initial: undefined, evolve, events: Object.values(orders.events) };

/** The order that these events tell of; undefined when there are none. */
export const orderFrom = (events: readonly StoredEvent[]): Order | undefined =>
  fold<Order | undefined>(folding, events);
