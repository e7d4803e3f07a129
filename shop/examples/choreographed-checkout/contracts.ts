// Which facts do three services tell each other, so that a checkout happens without a conductor?
import { anyone, command, contract, event, query, refusal } from 'offshoot/contract';
import { z } from 'zod';
import { Id, Sku } from '../../contracts/field.ts';
import { Money } from '../../contracts/money.ts';
import { PaymentMethod } from '../../contracts/payment-method.ts';

const Quantity = z.int().min(1).max(1_000);

/** What is ordered. It travels with the facts, so that nobody has to ask for it. */
const Wish = z.object({ sku: Sku, quantity: Quantity, total: Money, method: PaymentMethod });
const Ordered = Wish.extend({ orderId: Id });
const AboutOrder = z.object({ orderId: Id });
const Failed = AboutOrder.extend({ reason: z.string() });

export const Status = z.enum(['pending', 'confirmed', 'cancelled']);

export const orders = contract('orders', {
  version: 1,
  noun: 'order',
  operations: {
    place: command('POST /', {
      input: Wish,
      output: AboutOrder,
      access: anyone(),
      status: 202,
    }),
    get: query('GET /{orderId}', {
      input: AboutOrder,
      output: AboutOrder.extend({ status: Status, reason: z.string() }),
      refusals: { ORDER_NOT_FOUND: refusal(404) },
      access: anyone(),
    }),
  },
  events: {
    created: event({ version: 1, key: 'orderId', data: Ordered }),
    confirmed: event({ version: 1, key: 'orderId', data: AboutOrder }),
    cancelled: event({ version: 1, key: 'orderId', data: Failed }),
  },
});

export const inventory = contract('inventory', {
  version: 1,
  operations: {
    restock: command('POST /stock/{sku}/restocks', {
      key: 'sku',
      input: z.object({ sku: Sku, quantity: Quantity }),
      output: z.object({ available: z.int() }),
      access: anyone(),
    }),
  },
  events: {
    reserved: event({ version: 1, key: 'orderId', data: Ordered }),
    reservation_failed: event({ version: 1, key: 'orderId', data: Failed }),
    released: event({ version: 1, key: 'orderId', data: AboutOrder }),
  },
});

export const payments = contract('payments', {
  version: 1,
  noun: 'payment',
  operations: {},
  events: {
    processed: event({ version: 1, key: 'orderId', data: AboutOrder.extend({ amount: Money }) }),
    failed: event({ version: 1, key: 'orderId', data: Failed }),
  },
});
