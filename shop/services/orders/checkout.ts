// How does a placed order become a confirmed one, or come to nothing without loss?
import { compensation, saga } from 'offshoot/saga';
import { z } from 'zod';
import { Id } from '../../contracts/field.ts';
import { inventory, StockLine } from '../../contracts/inventory.ts';
import { Money } from '../../contracts/money.ts';
import { orders } from '../../contracts/orders.ts';
import { PaymentMethod } from '../../contracts/payment-method.ts';
import { payments } from '../../contracts/payments.ts';
import { mayBecome } from './order.ts';
import { keptOrder, moved } from './order-move.ts';

/** Why: the customer said so, before or after the confirmation. */
export const BY_CUSTOMER = 'CUSTOMER';

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
      load: ({ input }) => ({ ending: keptOrder(input.orderId) }),
      /** `reason` is a refusal's code (OUT_OF_STOCK, PAYMENT_DECLINED) or what never ended. */
      decide({ input: { orderId, customerId }, reason: code, loaded: { ending }, at }) {
        const { order } = ending;
        if (!order || !mayBecome(order.status, 'cancelled')) return {};
        const reason = code === 'CANCELLED' ? BY_CUSTOMER : code;
        const event = orders.events.cancelled({ orderId, customerId, reason });
        return moved(ending, order, { to: 'cancelled', event, at, reason });
      },
    },
    completed: {
      load: ({ input }) => ({ ending: keptOrder(input.orderId) }),
      /** A wish to cancel that came too late to undo: confirmed and cancelled in one commit. */
      decide({ input: { orderId, customerId }, cancelled, loaded: { ending }, at }) {
        const { order } = ending;
        if (!cancelled || !order || !mayBecome(order.status, 'cancelled')) return {};
        const reason = BY_CUSTOMER;
        const event = orders.events.cancelled({ orderId, customerId, reason });
        // Read as pending where the confirmation is in this very commit.
        const isChecked = order.status !== 'pending';
        return moved(ending, order, { to: 'cancelled', event, at, reason, isChecked });
      },
    },
  });
