// How is an order accepted: quoted, written down, and its checkout started, in one commit?
import { isRefused, refuse } from 'offshoot/contract';
import { OffshootError } from 'offshoot/error';
import { commandHandler } from 'offshoot/service';
import { append, one } from 'offshoot/store';
import { catalog } from '../../contracts/catalog.ts';
import { orders } from '../../contracts/orders.ts';
import { checkout } from './checkout.ts';
import { type Order, streamOfOrder } from './order.ts';
import { blockedCustomers } from './projections/blocked-customers.ts';
import { firstRow } from './projections/order-row.ts';
import { counted, statisticsOf } from './statistics.ts';
import { pricedItems, stockLines, totalOf } from './stock-keeping.ts';

export const placeOrder = commandHandler(orders.place, {
  async prepare({ input, principal }, reach) {
    if (principal.kind !== 'user')
      throw new OffshootError('FORBIDDEN', 'only a person can order; sign in as one');
    const productIds = [...new Set(input.items.map(({ productId }) => productId))];
    const answer = await reach.ask(catalog.quote, { productIds });
    if (isRefused(answer)) return refuse('PRODUCT_NOT_FOUND', answer.data);
    const items = pricedItems(input.items, answer.quotes);
    if (!items) throw new OffshootError('BAD_UPSTREAM', 'catalog did not quote every product');
    return { items, total: totalOf(items) };
  },
  load: ({ principal }) => ({
    blocked: one(blockedCustomers, principal.id),
    statistics: statisticsOf(principal.id),
  }),
  decide({ input, principal, prepared: { items, total }, loaded, id: orderId, at }) {
    if (loaded.blocked) return refuse('USER_BLOCKED');
    const { shippingAddress, payment } = input;
    const { method } = payment;
    const customerId = principal.id;
    const order: Order = { orderId, customerId, items, total, status: 'pending' };
    const created = orders.events.created({
      orderId,
      customerId,
      items,
      total,
      shippingAddress,
      paymentMethod: method,
    });
    const lines = stockLines(items);
    return {
      appends: [append(streamOfOrder(orderId), [created], 0)],
      documents: [firstRow(order, at), counted(loaded.statistics, customerId, total, at)],
      sagas: [checkout.start(orderId, { orderId, customerId, lines, total, method })],
      reply: { orderId, status: order.status },
    };
  },
});
