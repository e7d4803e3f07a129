// How does a customer see an order?
import { refuse } from 'offshoot/contract';
import { isoTime } from 'offshoot/runtime';
import { queryHandler } from 'offshoot/service';
import { one } from 'offshoot/store';
import { orders } from '../../contracts/orders.ts';
import { orderRows, wholeRow } from './projections/order-row.ts';

/** For services that must know: what it says of a row is in the row's own commit. */
export const readStatus = queryHandler(orders.status, {
  load: ({ input }) => ({ row: one(orderRows, input.orderId) }),
  answer({ input: { orderId }, loaded: { row } }) {
    if (!row) return refuse('ORDER_NOT_FOUND');
    return { orderId, status: row.data.status, updatedAt: isoTime(row.data.updatedAt) };
  },
});

export const readOrder = queryHandler(orders.get, {
  load: ({ input }) => ({ found: wholeRow(input.orderId) }),
  answer({ principal, loaded: { found } }) {
    const isOwner = principal.kind === 'user' && found?.row.customerId === principal.id;
    // Somebody else's order looks like none: an answer must not say which orders exist.
    if (!found || !isOwner) return refuse('ORDER_NOT_FOUND');
    const { row, customer, labels } = found;
    const { orderId, status, totalAmount, reason } = row;
    const items = row.items.map((item, index) => ({
      ...item,
      productName: labels[index]?.data.name ?? null,
    }));
    return {
      orderId,
      status,
      customerName: customer?.name ?? null,
      items,
      totalAmount,
      ...(reason ? { reason } : {}),
      createdAt: isoTime(row.createdAt),
      updatedAt: isoTime(row.updatedAt),
    };
  },
});
