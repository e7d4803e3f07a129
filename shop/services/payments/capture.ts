// How is money that is held taken?
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { append, put } from 'offshoot/store';
import { payments } from '../../contracts/payments.ts';
import { mayBecome, paymentOf, paymentsByOrder, streamOfPayment } from './payment.ts';
import { aboutOrder, provider } from './provider-port.ts';

export const capture = commandHandler(payments.capture, {
  async prepare({ input: { orderId } }, reach) {
    const payment = (await reach.read(paymentOf(orderId)))?.data;
    if (!payment) return refuse('ILLEGAL_TRANSITION', { status: 'absent' });
    const { status, captureId, authorisationId } = payment;
    if (status === 'captured') return { captureId };
    if (!mayBecome(status, 'captured')) return refuse('ILLEGAL_TRANSITION', { status });
    const client = reach.outside(provider, aboutOrder(orderId));
    const answer = await client.capture({ authorisation: authorisationId });
    if (answer.status === 'captured') return { captureId: answer.captureId };
    return refuse('ILLEGAL_TRANSITION', { status: answer.state });
  },
  load: ({ input }) => ({ payment: paymentOf(input.orderId) }),
  decide({ input: { orderId }, prepared: { captureId }, loaded }) {
    const found = loaded.payment;
    if (found?.data.status === 'captured') return { reply: { captureId } };
    const amount = found?.data.amount;
    if (!found || !amount || !mayBecome(found.data.status, 'captured'))
      return refuse('ILLEGAL_TRANSITION', { status: found?.data.status ?? 'absent' });
    const captured = { ...found.data, status: 'captured', captureId } as const;
    const processed = payments.events.processed({ orderId, captureId, amount });
    return {
      appends: [append(streamOfPayment(orderId), [processed])],
      documents: [put(paymentsByOrder, orderId, captured, found.revision)],
      reply: { captureId },
    };
  },
});
