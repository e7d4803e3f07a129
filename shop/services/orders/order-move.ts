// What changes together when an order moves on: its stream, its row, its customer's numbers.
import type { EventValue } from 'offshoot/contract';
import { andThen, append, map, one, put, streamOf } from 'offshoot/store';
import type { OrderStatus } from '../../contracts/orders.ts';
import { type Order, orderFrom, streamOfOrder } from './order.ts';
import { movedRow, orderRows } from './projections/order-row.ts';
import { customerStatistics, recounted, statisticsOf } from './statistics.ts';

/** An order with everything that changes with it; `order` is undefined when there is none. */
export const keptOrder = (orderId: string) =>
  andThen(streamOf(streamOfOrder(orderId)), ({ version, events }) => {
    const order = orderFrom(events);
    return andThen(one(orderRows, orderId), (row) =>
      map(statisticsOf(order?.customerId ?? ''), (statistics) => ({
        order,
        version,
        row,
        statistics,
      })),
    );
  });

type Kept = NonNullable<ReturnType<typeof keptOrder>['result']>;

export interface Move {
  readonly to: OrderStatus;
  readonly event: EventValue;
  readonly at: number;
  /** Why it was cancelled: a code. @default '' */
  readonly reason?: string;
  /**
   * Whether the order must still be as it was read. Not where the same commit moved it before.
   * @default true
   */
  readonly isChecked?: boolean;
}

/** The part of a unit of work that moves `order` on. Says nothing about whether it may. */
export function moved(
  { version, row, statistics }: Kept,
  { orderId, customerId, status: from, total }: Order,
  { to, event, at, reason = '', isChecked = true }: Move,
) {
  const expected = (value: number) => (isChecked ? value : undefined);
  return {
    appends: [append(streamOfOrder(orderId), [event], expected(version))],
    documents: [
      ...(row ? [movedRow(row, { status: to, at, reason, expected: expected(row.revision) })] : []),
      ...(statistics
        ? [
            put(
              customerStatistics,
              customerId,
              recounted(statistics, from, to, total),
              expected(statistics.revision),
            ),
          ]
        : []),
    ],
  };
}
