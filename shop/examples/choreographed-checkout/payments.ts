// How is money taken when stock is set aside?
import { on, subscription } from 'offshoot/messaging';
import { service } from 'offshoot/service';
import { append, collection, one, put } from 'offshoot/store';
import { payments as contract, inventory } from './contracts.ts';

/** Its id is the order's. */
export interface Charge {
  readonly amount: number;
}

export const charges = collection<Charge>('charges');
/** Stands for a provider's answer: an example has no outside. */
export const DECLINED = 'pm_card_declined';

/** PAYMENT_PROCESSED or PAYMENT_FAILED. */
const charge = on(inventory.events.reserved, {
  load: ({ event }) => ({ known: one(charges, event.data.orderId) }),
  decide({ event, loaded }) {
    if (loaded.known) return undefined;
    const { orderId, total: amount, method } = event.data;
    const stream = `payment/${orderId}`;
    if (method === DECLINED) {
      const failed = contract.events.failed({ orderId, reason: 'PAYMENT_DECLINED' });
      return { appends: [append(stream, [failed])] };
    }
    return {
      appends: [append(stream, [contract.events.processed({ orderId, amount })])],
      documents: [put(charges, orderId, { amount: amount.amount }, 0)],
    };
  },
});

export const payments = service(contract, {
  handlers: {},
  collections: [charges],
  subscriptions: [subscription('reservations', [charge])],
});
