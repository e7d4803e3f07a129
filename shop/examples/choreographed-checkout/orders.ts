// How does an order begin, and how does it learn what became of it?
import { refuse } from 'offshoot/contract';
import { type EventHandler, on, subscription } from 'offshoot/messaging';
import { commandHandler, queryHandler, service } from 'offshoot/service';
import { append, collection, type Document, one, put } from 'offshoot/store';
import * as contracts from './contracts.ts';

const { orders: contract, inventory, payments } = contracts;

export interface Order {
  readonly orderId: string;
  readonly status: 'pending' | 'confirmed' | 'cancelled';
  readonly reason: string;
}

export const rows = collection<Order>('orders');
const streamOf = (orderId: string) => `order/${orderId}`;

/** ORDER_CREATED: everything else follows from this one fact. */
const place = commandHandler(contract.place, {
  decide({ input, id: orderId }) {
    const created = contract.events.created({ ...input, orderId });
    return {
      appends: [append(streamOf(orderId), [created], 0)],
      documents: [put(rows, orderId, { orderId, status: 'pending', reason: '' }, 0)],
      reply: { orderId },
    };
  },
});

const get = queryHandler(contract.get, {
  load: ({ input }) => ({ row: one(rows, input.orderId) }),
  answer: ({ loaded }) => loaded.row?.data ?? refuse('ORDER_NOT_FOUND'),
});

/** From pending to an end, once. */
function ending(row: Document<Order> | undefined, reason: string) {
  if (row?.data.status !== 'pending') return undefined;
  const { orderId } = row.data;
  const status = reason === '' ? 'confirmed' : 'cancelled';
  const event =
    reason === ''
      ? contract.events.confirmed({ orderId })
      : contract.events.cancelled({ orderId, reason });
  return {
    appends: [append(streamOf(orderId), [event])],
    documents: [put(rows, orderId, { orderId, status, reason } as const, row.revision)],
  };
}

const cancelOn = (
  told: typeof inventory.events.reservation_failed | typeof payments.events.failed,
): EventHandler =>
  on(told, {
    load: ({ event }) => ({ row: one(rows, event.data.orderId) }),
    decide: ({ event, loaded }) => ending(loaded.row, event.data.reason),
  });

const confirmOnPayment = on(payments.events.processed, {
  load: ({ event }) => ({ row: one(rows, event.data.orderId) }),
  decide: ({ loaded }) => ending(loaded.row, ''),
});

export const orders = service(contract, {
  handlers: { place, get },
  collections: [rows],
  subscriptions: [
    subscription('reservations', [cancelOn(inventory.events.reservation_failed)]),
    subscription('payments', [confirmOnPayment, cancelOn(payments.events.failed)]),
  ],
});
