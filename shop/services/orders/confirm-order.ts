// When does an order stand? When its stock is set aside and its money is taken.
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { append, one, streamOf } from 'offshoot/store';
import { orders } from '../../contracts/orders.ts';
import { mayBecome, orderFrom, streamOfOrder } from './order.ts';
import { movedRow, orderRows } from './projections/order-row.ts';

export const confirmOrder = commandHandler(orders.confirm, {
  load: ({ input }) => ({
    stream: streamOf(streamOfOrder(input.orderId)),
    row: one(orderRows, input.orderId),
  }),
  decide({ input: { orderId }, loaded: { stream, row }, at }) {
    const order = orderFrom(stream.events);
    if (!order) return refuse('ORDER_NOT_FOUND');
    const { status: from, customerId, total } = order;
    const reply = { orderId, status: 'confirmed' } as const;
    if (from === 'confirmed') return { reply };
    if (!mayBecome(from, 'confirmed'))
      return refuse('ILLEGAL_TRANSITION', { from, to: 'confirmed' });
    const items = [...order.items];
    const confirmed = orders.events.confirmed({ orderId, customerId, items, total });
    return {
      appends: [append(streamOfOrder(orderId), [confirmed], stream.version)],
      documents: row ? [movedRow(row, 'confirmed', at)] : [],
      reply,
    };
  },
});
