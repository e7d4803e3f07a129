// What has a customer ordered so far, in numbers that change with every order of theirs?
import { isoTime } from 'offshoot/runtime';
import { queryHandler } from 'offshoot/service';
import { collection, type Document, type DocumentChange, one, put } from 'offshoot/store';
import type { Money } from '../../contracts/money.ts';
import { type OrderStatus, orders } from '../../contracts/orders.ts';

type Counts = Readonly<Record<OrderStatus, number>>;

/** Its id is the customer's. */
export interface CustomerStatistics {
  readonly totalOrders: number;
  readonly byStatus: Counts;
  /** Minor units by currency, of orders that were not cancelled. */
  readonly amounts: Readonly<Record<string, number>>;
  /** Milliseconds since 1970. */
  readonly firstOrderAt: number;
  readonly lastOrderAt: number;
}

export const customerStatistics = collection<CustomerStatistics>('customer_statistics');
export const statisticsOf = (customerId: string) => one(customerStatistics, customerId);
type Found = Document<CustomerStatistics> | undefined;

const NONE: Counts = { pending: 0, confirmed: 0, shipped: 0, delivered: 0, cancelled: 0 };

const added = (
  amounts: CustomerStatistics['amounts'],
  { amount, currency }: Money,
  sign: 1 | -1,
) => ({
  ...amounts,
  [currency]: (amounts[currency] ?? 0) + sign * amount,
});

/** The numbers with one more order. */
export function counted(
  found: Found,
  customerId: string,
  total: Money,
  at: number,
): DocumentChange<CustomerStatistics> {
  const before = found?.data;
  const byStatus = before?.byStatus ?? NONE;
  const now: CustomerStatistics = {
    totalOrders: (before?.totalOrders ?? 0) + 1,
    byStatus: { ...byStatus, pending: byStatus.pending + 1 },
    amounts: added(before?.amounts ?? {}, total, 1),
    firstOrderAt: before?.firstOrderAt ?? at,
    lastOrderAt: Math.max(at, before?.lastOrderAt ?? 0),
  };
  return put(customerStatistics, customerId, now, found?.revision ?? 0);
}

/** The numbers after one order went from one status to another. */
export function recounted(
  { data }: Document<CustomerStatistics>,
  from: OrderStatus,
  to: OrderStatus,
  total: Money,
): CustomerStatistics {
  const left = { ...data.byStatus, [from]: data.byStatus[from] - 1 };
  const byStatus = { ...left, [to]: left[to] + 1 };
  const amounts = to === 'cancelled' ? added(data.amounts, total, -1) : data.amounts;
  return { ...data, byStatus, amounts };
}

export const readStatistics = queryHandler(orders.statistics, {
  load: ({ principal }) => ({ found: statisticsOf(principal.id) }),
  answer({ loaded }) {
    const found = loaded.found?.data;
    if (!found)
      return {
        totalOrders: 0,
        byStatus: NONE,
        totalAmount: [],
        firstOrderAt: null,
        lastOrderAt: null,
      };
    const { totalOrders, byStatus, amounts, firstOrderAt, lastOrderAt } = found;
    return {
      totalOrders,
      byStatus,
      totalAmount: Object.entries(amounts).map(([currency, amount]) => ({ amount, currency })),
      firstOrderAt: isoTime(firstOrderAt),
      lastOrderAt: isoTime(lastOrderAt),
    };
  },
});
