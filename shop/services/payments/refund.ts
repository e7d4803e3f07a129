// How is money given back that was taken?
import { refuse } from 'offshoot/contract';
import { OffshootError } from 'offshoot/error';
import { on, subscription } from 'offshoot/messaging';
import { commandHandler } from 'offshoot/service';
import type { Reach } from 'offshoot/store';
import { orders } from '../../contracts/orders.ts';
import { payments } from '../../contracts/payments.ts';
import { mayBecome, type Payment, paymentOf } from './payment.ts';
import { moved, refunded } from './payment-move.ts';
import { aboutOrder, provider } from './provider-port.ts';

/** Asks the provider by the order's own key, so that a repeat gives back nothing more. */
function giveBack({ orderId, captureId, amount }: Payment, reach: Reach) {
  const client = reach.outside(provider, aboutOrder(orderId));
  return client.refund({ captureId, amount: amount?.amount ?? 0 });
}

export const refund = commandHandler(payments.refund, {
  async prepare({ input: { orderId } }, reach) {
    const payment = (await reach.read(paymentOf(orderId)))?.data;
    if (!payment) return refuse('ILLEGAL_TRANSITION', { status: 'absent' });
    const { status, refundId } = payment;
    if (status === 'refunded') return { refundId };
    if (!mayBecome(status, 'refunded')) return refuse('ILLEGAL_TRANSITION', { status });
    const answer = await giveBack(payment, reach);
    if (answer.status === 'refunded') return { refundId: answer.id };
    return refuse('ILLEGAL_TRANSITION', { status: answer.state });
  },
  load: ({ input }) => ({ payment: paymentOf(input.orderId) }),
  decide({ prepared: { refundId }, loaded: { payment: found } }) {
    const status = found?.data.status ?? 'absent';
    if (found?.data.status === 'refunded') return { reply: { refundId: found.data.refundId } };
    if (!found || !mayBecome(found.data.status, 'refunded'))
      return refuse('ILLEGAL_TRANSITION', { status });
    return { ...moved(found, refunded(found.data, refundId)), reply: { refundId } };
  },
});

/**
 * An order that was cancelled after its money was taken. Where none was taken the checkout has
 * let go of it before it said that the order is cancelled: then there is nothing to do.
 */
export const cancelledOrders = subscription('cancelled-orders', [
  on(orders.events.cancelled, {
    async prepare({ event: { data } }, reach) {
      const payment = (await reach.read(paymentOf(data.orderId)))?.data;
      if (payment?.status !== 'captured') return undefined;
      const answer = await giveBack(payment, reach);
      if (answer.status === 'refunded') return { refundId: answer.id };
      const message = `the money of order ${data.orderId} cannot be given back, it is ${answer.state}; look at the provider’s ledger`;
      throw new OffshootError('INTERNAL_ERROR', message);
    },
    load: ({ event }) => ({ payment: paymentOf(event.data.orderId) }),
    decide({ prepared, loaded: { payment: found } }) {
      if (!prepared || found?.data.status !== 'captured') return undefined;
      return moved(found, refunded(found.data, prepared.refundId));
    },
  }),
]);
