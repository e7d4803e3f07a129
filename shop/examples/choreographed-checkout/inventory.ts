// How is stock set aside when an order is created, and put back when its payment fails?
import { on, subscription } from 'offshoot/messaging';
import { commandHandler, service } from 'offshoot/service';
import { andThen, append, collection, map, one, put } from 'offshoot/store';
import { inventory as contract, orders, payments } from './contracts.ts';

export interface Stock {
  readonly available: number;
  readonly taken: number;
}
/** Its id is the order's. */
export interface Claim {
  readonly sku: string;
  readonly quantity: number;
  readonly isReleased: boolean;
}

export const stock = collection<Stock>('stock');
export const claims = collection<Claim>('claims');
const streamOf = (orderId: string) => `reservation/${orderId}`;
const NOTHING: Stock = { available: 0, taken: 0 };

const restock = commandHandler(contract.restock, {
  load: ({ input }) => ({ found: one(stock, input.sku) }),
  decide({ input: { sku, quantity }, loaded: { found } }) {
    const { available, taken } = found?.data ?? NOTHING;
    const now = { available: available + quantity, taken };
    return {
      documents: [put(stock, sku, now, found?.revision ?? 0)],
      reply: { available: now.available },
    };
  },
});

/** INVENTORY_RESERVED or INVENTORY_RESERVATION_FAILED. */
const reserve = on(orders.events.created, {
  load: ({ event }) => ({ found: one(stock, event.data.sku) }),
  decide({ event: { data }, loaded: { found } }) {
    const { orderId, sku, quantity } = data;
    const { available, taken } = found?.data ?? NOTHING;
    if (!found || available < quantity) {
      const failed = contract.events.reservation_failed({ orderId, reason: 'OUT_OF_STOCK' });
      return { appends: [append(streamOf(orderId), [failed])] };
    }
    const left = { available: available - quantity, taken: taken + quantity };
    return {
      appends: [append(streamOf(orderId), [contract.events.reserved(data)])],
      documents: [
        put(stock, sku, left, found.revision),
        put(claims, orderId, { sku, quantity, isReleased: false }, 0),
      ],
    };
  },
});

const claimOf = (orderId: string) =>
  andThen(one(claims, orderId), (claim) =>
    map(one(stock, claim?.data.sku ?? ''), (found) => ({ claim, found })),
  );

/** The compensation, which nobody orders: it follows from PAYMENT_FAILED. */
const release = on(payments.events.failed, {
  load: ({ event }) => ({ both: claimOf(event.data.orderId) }),
  decide({ event, loaded }) {
    const { claim, found } = loaded.both;
    if (!claim || !found || claim.data.isReleased) return undefined;
    const { orderId } = event.data;
    const { sku, quantity } = claim.data;
    const { available, taken } = found.data;
    const back = { available: available + quantity, taken: taken - quantity };
    return {
      appends: [append(streamOf(orderId), [contract.events.released({ orderId })])],
      documents: [
        put(stock, sku, back, found.revision),
        put(claims, orderId, { ...claim.data, isReleased: true }, claim.revision),
      ],
    };
  },
});

export const inventory = service(contract, {
  handlers: { restock },
  collections: [stock, claims],
  subscriptions: [subscription('orders', [reserve]), subscription('payments', [release])],
});
