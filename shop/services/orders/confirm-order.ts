// When does an order stand? When its stock is set aside and its money is taken.
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { orders } from '../../contracts/orders.ts';
import { mayBecome } from './order.ts';
import { keptOrder, moved } from './order-move.ts';

export const confirmOrder = commandHandler(orders.confirm, {
  load: ({ input }) => ({ kept: keptOrder(input.orderId) }),
  decide({ input: { orderId }, loaded: { kept }, at }) {
    const { order } = kept;
    if (!order) return refuse('ORDER_NOT_FOUND');
    const { status: from, customerId, total } = order;
    const reply = { orderId, status: 'confirmed' } as const;
    if (from === 'confirmed') return { reply };
    if (!mayBecome(from, 'confirmed'))
      return refuse('ILLEGAL_TRANSITION', { from, to: 'confirmed' });
    const items = [...order.items];
    const event = orders.events.confirmed({ orderId, customerId, items, total });
    return { ...moved(kept, order, { to: 'confirmed', event, at }), reply };
  },
});
