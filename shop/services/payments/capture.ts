// How is money that is held taken?
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { payments } from '../../contracts/payments.ts';
import { mayBecome, paymentOf } from './payment.ts';
import { captured, moved } from './payment-move.ts';
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
  decide({ prepared: { captureId }, loaded }) {
    const found = loaded.payment;
    if (found?.data.status === 'captured') return { reply: { captureId } };
    if (!found || !mayBecome(found.data.status, 'captured'))
      return refuse('ILLEGAL_TRANSITION', { status: found?.data.status ?? 'absent' });
    return { ...moved(found, captured(found.data, captureId)), reply: { captureId } };
  },
});
