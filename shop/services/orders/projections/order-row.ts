// What does an order look like to who asks for it, fed by three services half by half?
import type { Erased } from 'offshoot/contract';
import {
  andThen,
  collection,
  type Document,
  type DocumentChange,
  many,
  map,
  one,
  put,
} from 'offshoot/store';
import type { Money } from '../../../contracts/money.ts';
import type { OrderItem, OrderStatus } from '../../../contracts/orders.ts';
import type { Order } from '../order.ts';

/** Our own half: changed in the very commit of the event that it shows. */
export interface OrderRow {
  readonly orderId: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  /** Customer and status in one, so that both can be looked up at once. */
  readonly customerStatus: string;
  readonly itemCount: number;
  readonly items: readonly Pick<OrderItem, 'productId' | 'quantity' | 'price'>[];
  readonly totalAmount: Money;
  /** Why it was cancelled: a code. '' otherwise. */
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The other halves: what others told us, kept once and joined by id when an order is read. */
export interface Customer {
  readonly userId: string;
  readonly name: string | Erased;
}
export interface ProductLabel {
  readonly productId: string;
  readonly name: string;
}

export const orderRows = collection<OrderRow>('order_rows', {
  indexes: ['customerId', 'customerStatus'],
});
/** What `customerStatus` holds. */
export const rowKey = (customerId: string, status: OrderStatus) => `${customerId}/${status}`;

export const customers = collection<Customer>('customers', {
  personal: { subject: 'userId', fields: ['name'] },
});
export const productLabels = collection<ProductLabel>('product_labels');

/** The row of an order that was placed just now. */
export function firstRow(order: Order, at: number): DocumentChange<OrderRow> {
  const { orderId, customerId, status, total: totalAmount } = order;
  const items = order.items.map(({ productId, quantity, price }) => ({
    productId,
    quantity,
    price,
  }));
  const row: OrderRow = {
    ...{ orderId, customerId, status, items, totalAmount },
    customerStatus: rowKey(customerId, status),
    itemCount: items.length,
    ...{ reason: '', createdAt: at, updatedAt: at },
  };
  return put(orderRows, orderId, row, 0);
}

/** The row with another status. */
export function movedRow(
  { id, data }: Document<OrderRow>,
  to: {
    readonly status: OrderStatus;
    readonly at: number;
    readonly reason: string;
    /** The revision that must be stored now; undefined = whatever it is. */
    readonly expected: number | undefined;
  },
): DocumentChange<OrderRow> {
  const { status, at, reason, expected } = to;
  const customerStatus = rowKey(data.customerId, status);
  return put(orderRows, id, { ...data, status, customerStatus, reason, updatedAt: at }, expected);
}

/** An order's row with the names that have arrived here so far. */
export const wholeRow = (orderId: string) =>
  andThen(one(orderRows, orderId), (row) =>
    andThen(one(customers, row?.data.customerId ?? ''), (customer) =>
      map(
        many(productLabels, row?.data.items.map(({ productId }) => productId) ?? []),
        (labels) => row && { row: row.data, customer: customer?.data, labels },
      ),
    ),
  );
