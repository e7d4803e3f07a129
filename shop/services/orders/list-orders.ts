// Which orders has somebody placed, newest first, and how far has each come?
import { refuse } from 'offshoot/contract';
import { isoTime } from 'offshoot/runtime';
import { queryHandler } from 'offshoot/service';
import { one, where } from 'offshoot/store';
import { orders } from '../../contracts/orders.ts';
import { customers, orderRows, rowKey } from './projections/order-row.ts';

/** An id begins with its time, so the newest has the greatest. */
export const listOrders = queryHandler(orders.list, {
  load({ input: { customerId, status, limit, cursor }, principal }) {
    const whose = customerId ?? principal.id;
    // One more than asked for says whether there is a next page.
    const options = { limit: limit + 1, newestFirst: true, ...(cursor ? { after: cursor } : {}) };
    return {
      customer: one(customers, whose),
      found: status
        ? where(orderRows, 'customerStatus', rowKey(whose, status), options)
        : where(orderRows, 'customerId', whose, options),
    };
  },
  answer({ input: { customerId, limit }, principal, loaded: { found, customer } }) {
    const isOwn = customerId === undefined || customerId === principal.id;
    if (!isOwn && !principal.roles.includes('admin')) return refuse('FORBIDDEN');
    const customerName = customer?.data.name ?? null;
    const page = found.slice(0, limit);
    const next = found.length > page.length ? (page.at(-1)?.id ?? null) : null;
    const items = page.map(({ data }) => {
      const { orderId, status, itemCount, totalAmount, createdAt, updatedAt } = data;
      return {
        ...{ orderId, status, customerName, itemCount, totalAmount },
        createdAt: isoTime(createdAt),
        updatedAt: isoTime(updatedAt),
      };
    });
    return { items, next };
  },
});
