// How is the money for an order held?
import { refuse } from 'offshoot/contract';
import { commandHandler, recorded } from 'offshoot/service';
import { append } from 'offshoot/store';
import { payments } from '../../contracts/payments.ts';
import { paymentOf, streamOfDecline } from './payment.ts';
import { authorised, moved } from './payment-move.ts';
import { aboutOrder, provider } from './provider-port.ts';

export const authorise = commandHandler(payments.authorise, {
  prepare({ input: { orderId, amount: money, method } }, reach) {
    const { amount, currency } = money;
    const client = reach.outside(provider, aboutOrder(orderId));
    return client.authorise({ amount, currency, method, reference: orderId });
  },
  load: ({ input }) => ({ payment: paymentOf(input.orderId) }),
  decide({ input: { orderId, amount }, prepared: answer, loaded }) {
    const known = loaded.payment?.data;
    // Voided while it was on its way: the provider let go of it by its key.
    if (known?.status === 'voided') return refuse('PAYMENT_DECLINED', { reason: 'voided' });
    if (known) return { reply: { authorisationId: known.authorisationId } };
    if (answer.status === 'declined') return declined(orderId, answer.reason);
    const { id: authorisationId } = answer;
    const move = authorised(orderId, authorisationId, amount);
    return { ...moved(undefined, move), reply: { authorisationId } };
  },
});

function declined(orderId: string, reason: string) {
  const failed = payments.events.failed({ orderId, reason });
  const unit = { appends: [append(streamOfDecline(orderId), [failed])] };
  return recorded(refuse('PAYMENT_DECLINED', { reason }), unit);
}
