// How is money let go that is held, or that may be held for all we know?
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { payments } from '../../contracts/payments.ts';
import { mayBecome, paymentOf } from './payment.ts';
import { moved, voided } from './payment-move.ts';
import { aboutOrder, authorisationKey, provider } from './provider-port.ts';

/**
 * Goes by the key of the authorisation, so it also holds where the answer was lost or the
 * request still travels: from now on the provider refuses that key, and so do we.
 */
export const voidPayment = commandHandler(payments.void, {
  async prepare({ input: { orderId } }, reach) {
    const status = (await reach.read(paymentOf(orderId)))?.data.status ?? 'authorised';
    if (status === 'voided') return undefined;
    if (!mayBecome(status, 'voided')) return refuse('ILLEGAL_TRANSITION', { status });
    const client = reach.outside(provider, aboutOrder(orderId));
    const answer = await client.void({ key: authorisationKey(orderId) });
    if (answer.status === 'refused') return refuse('ILLEGAL_TRANSITION', { status: answer.state });
    return undefined;
  },
  load: ({ input }) => ({ payment: paymentOf(input.orderId) }),
  decide({ input: { orderId }, loaded: { payment: found } }) {
    const reply = { orderId };
    if (found?.data.status === 'voided') return { reply };
    if (found && !mayBecome(found.data.status, 'voided'))
      return refuse('ILLEGAL_TRANSITION', { status: found.data.status });
    return { ...moved(found, voided(orderId, found?.data)), reply };
  },
});
