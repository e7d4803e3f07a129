// What is an order, what may become of it, and how do its events say so?
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

/** The order after one more event. Pure; an event it does not know changes nothing. */
export function evolve(order: Order | undefined, event: StoredEvent): Order | undefined {
  if (event.type === orders.events.created.type) {
    const { orderId, customerId, items, total } = event.data as Created;
    return { orderId, customerId, items, total, status: 'pending' };
  }
  if (event.type === CANCEL_REQUESTED) return order && { ...order, isCancelRequested: true };
  const status = STATUS_AFTER.get(event.type);
  return order && status ? { ...order, status } : order;
}

const STATUS_AFTER: ReadonlyMap<string, OrderStatus> = new Map([
  [orders.events.confirmed.type, 'confirmed'],
  [orders.events.shipped.type, 'shipped'],
  [orders.events.delivered.type, 'delivered'],
  [orders.events.cancelled.type, 'cancelled'],
]);

/** The order that these events tell of; undefined when there are none. */
export const orderFrom = (events: readonly StoredEvent[]): Order | undefined =>
  events.reduce(evolve, undefined as Order | undefined);
