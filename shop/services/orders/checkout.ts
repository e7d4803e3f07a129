// How does a placed order become a confirmed one, or come to nothing without loss?
import { compensation, saga } from 'offshoot/saga';
import { append, one, streamOf } from 'offshoot/store';
import { z } from 'zod';
import { Id } from '../../contracts/field.ts';
import { inventory, StockLine } from '../../contracts/inventory.ts';
import { Money } from '../../contracts/money.ts';
import { orders } from '../../contracts/orders.ts';
import { PaymentMethod } from '../../contracts/payment-method.ts';
import { payments } from '../../contracts/payments.ts';
import { mayBecome, orderFrom, streamOfOrder } from './order.ts';
import { movedRow, orderRows } from './projections/order-row.ts';

/** No personal data: a saga's journal is read by people who keep the shop running. */
const Checkout = z.object({
  orderId: Id,
  customerId: Id,
  lines: z.array(StockLine),
  total: Money,
  method: PaymentMethod,
});

export const checkout = saga('checkout', { version: 1, input: Checkout })
  .step('reserve', inventory.reserve, {
    input: ({ input: { orderId, lines } }) => ({ orderId, lines }),
    compensate: compensation(inventory.release, ({ input }: { input: { orderId: string } }) => ({
      orderId: input.orderId,
    })),
  })
  .step('authorise', payments.authorise, {
    input: ({ input: { orderId, total, method } }) => ({ orderId, amount: total, method }),
    compensate: compensation(payments.void, ({ input }: { input: { orderId: string } }) => ({
      orderId: input.orderId,
    })),
  })
  .pivot('capture', payments.capture, { input: ({ input: { orderId } }) => ({ orderId }) })
  .step('confirm', orders.confirm, { input: ({ input: { orderId } }) => ({ orderId }) })
  .end({
    compensated: {
      load: ({ input }) => ({
        cancelling: streamOf(streamOfOrder(input.orderId)),
        cancellingRow: one(orderRows, input.orderId),
      }),
      /** `reason` is a refusal's code (OUT_OF_STOCK, PAYMENT_DECLINED) or what never ended. */
      decide({ input: { orderId, customerId }, reason, loaded, at }) {
        const { version, events } = loaded.cancelling;
        const order = orderFrom(events);
        if (!order || !mayBecome(order.status, 'cancelled')) return {};
        const cancelled = orders.events.cancelled({ orderId, customerId, reason });
        const row = loaded.cancellingRow;
        return {
          appends: [append(streamOfOrder(orderId), [cancelled], version)],
          documents: row ? [movedRow(row, 'cancelled', at, reason)] : [],
        };
      },
    },
  });
