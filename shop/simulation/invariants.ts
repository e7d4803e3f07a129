// What must be true of the shop once it has come to rest, whatever failed on the way?
import type { Final } from 'offshoot/simulation';
import { every, type Need, type Store } from 'offshoot/store';
import { CATALOGUE } from '../catalogue/index.ts';
import { type Reservation, reservations } from '../services/inventory/reservation.ts';
import { stock } from '../services/inventory/stock.ts';
import { type OrderRow, orderRows } from '../services/orders/projections/order-row.ts';
import { customerStatistics } from '../services/orders/statistics.ts';
import { destinations, type Shipment, shipments } from '../services/shipping/shipment.ts';
import type { LedgerEntry } from '../stand-ins/provider/provider.ts';
import { CANARY, ordersOf } from './shoppers.ts';

/** What an order's rows name is a product; what the warehouse counts is a SKU. */
const SKUS = new Map(CATALOGUE.map(({ id, sku }) => [id, sku]));

const SERVICES = [
  'identity',
  'users',
  'catalog',
  'orders',
  'inventory',
  'payments',
  'shipping',
  'notifications',
  'recommendations',
] as const;
const STANDS = new Set(['shipped', 'delivered']);

const load = <T>(store: Store, need: Need<T>): T => store.load(need) as T;
const all = { limit: 1_000 };

function ends(rows: readonly OrderRow[], orders: number): string[] {
  const open = rows.filter(({ status }) => status !== 'cancelled' && !STANDS.has(status));
  const count = rows.length === orders ? [] : [`${rows.length} orders, not ${orders}`];
  return [...count, ...open.map((row) => `order ${row.orderId} never got beyond ${row.status}`)];
}

/** What the provider took for each order is what the order costs, and nothing is left on hold. */
function money(rows: readonly OrderRow[], ledger: readonly LedgerEntry[]): string[] {
  const found: string[] = [];
  for (const row of rows) {
    const lines = ledger.filter((line) => line.reference === row.orderId);
    const sum = (kind: LedgerEntry['kind']) =>
      lines.filter((line) => line.kind === kind).reduce((total, line) => total + line.amount, 0);
    const taken = sum('captured') - sum('refunded');
    const due = STANDS.has(row.status) ? row.totalAmount.amount : 0;
    if (taken !== due)
      found.push(`order ${row.orderId} (${row.status}): ${taken} taken, ${due} due`);
    if (STANDS.has(row.status) && sum('refunded') > 0)
      found.push(`order ${row.orderId} is ${row.status}, and its money was given back`);
    const held = sum('authorised') - sum('captured') - sum('voided');
    if (held !== 0) found.push(`order ${row.orderId} (${row.status}): ${held} still on hold`);
  }
  const strangers = ledger.filter((line) => !rows.some((row) => row.orderId === line.reference));
  return [...found, ...strangers.map((line) => `ledger line ${line.seq} belongs to no order`)];
}

function goods(rows: readonly OrderRow[], store: Store): string[] {
  const found: string[] = [];
  const claims = load<readonly { data: Reservation }[]>(store, every(reservations, all));
  for (const { data } of claims) {
    const status = rows.find((row) => row.orderId === data.orderId)?.status ?? 'no order';
    const fits = data.status === (STANDS.has(status) ? 'sold' : 'released');
    if (!fits) found.push(`reservation ${data.orderId} is ${data.status}, its order is ${status}`);
  }
  for (const { data } of load(store, every(stock, all))) {
    const { sku, available, reserved, sold, initial, restocked } = data;
    if (available !== initial + restocked - reserved - sold)
      found.push(`stock ${sku} does not add up`);
    if (Math.min(available, reserved, sold) < 0) found.push(`stock ${sku} is below zero`);
    if (reserved !== 0) found.push(`stock ${sku}: ${reserved} still set aside`);
    const wanted = rows
      .filter((row) => STANDS.has(row.status))
      .flatMap((row) => row.items)
      .filter(({ productId }) => SKUS.get(productId) === sku)
      .reduce((sum, item) => sum + item.quantity, 0);
    if (sold !== wanted) found.push(`stock ${sku}: ${sold} sold, ${wanted} by orders that stand`);
  }
  return found;
}

/** What left the house belongs to an order that stands; the others stayed, or were recalled. */
function parcels(rows: readonly OrderRow[], store: Store): string[] {
  const sent = new Map(
    load<readonly { data: Shipment }[]>(store, every(shipments, all)).map(({ data }) => [
      data.orderId,
      data.status,
    ]),
  );
  const addresses = new Set(load(store, every(destinations, all)).map(({ id }) => id));
  return rows.flatMap(({ orderId, status }) => {
    const shipment = sent.get(orderId) ?? 'none';
    const isRight = SHIPMENTS[status]?.includes(shipment);
    const wrong = isRight ? [] : [`order ${orderId} is ${status}, its shipment ${shipment}`];
    const isKept = status === 'cancelled' && addresses.has(orderId);
    return isKept ? [...wrong, `the address of the cancelled order ${orderId} is kept`] : wrong;
  });
}

const SHIPMENTS: Readonly<Record<string, readonly string[]>> = {
  shipped: ['dispatched'],
  delivered: ['delivered'],
  cancelled: ['none', 'cancelled'],
};

/** A customer's numbers are what their orders add up to. */
function numbers(rows: readonly OrderRow[], store: Store): string[] {
  return load(store, every(customerStatistics, all)).flatMap(({ id, data }) => {
    const own = rows.filter(({ customerId }) => customerId === id);
    const count = (status: string) => own.filter((row) => row.status === status).length;
    const spent = own.filter(({ status }) => status !== 'cancelled');
    const total = spent.reduce((sum, { totalAmount }) => sum + totalAmount.amount, 0);
    const counted = Object.values(data.amounts).reduce((sum, amount) => sum + amount, 0);
    const isRight =
      data.totalOrders === own.length &&
      total === counted &&
      Object.entries(data.byStatus).every(([status, times]) => times === count(status));
    return isRight ? [] : [`the numbers of customer ${id} are not what their orders add up to`];
  });
}

/** Dense positions, no plain name, and no event that one handler answered twice. */
function logs(final: Final): string[] {
  const found: string[] = [];
  for (const name of SERVICES) {
    const answered = new Set<string>();
    final.log(name).forEach((entry, index) => {
      if (entry.seq !== index + 1)
        found.push(`${name}: position ${entry.seq} at place ${index + 1}`);
      const { stream, key, data } = entry;
      if (JSON.stringify([stream, key, data]).includes(CANARY))
        found.push(`${name} ${entry.seq}: a plain name`);
      if (entry.stream.startsWith('saga/')) return;
      const fact = `${entry.causation} ${entry.stream} ${entry.type}`;
      if (answered.has(fact)) found.push(`${name} ${entry.seq}: ${entry.type} twice for one cause`);
      answered.add(fact);
    });
  }
  return found;
}

/** Every violation, in words that name the id. */
export function violations(final: Final, ledger: readonly LedgerEntry[]): string[] {
  const orders = final.service('orders').store;
  const rows = load(orders, every(orderRows, all)).map((row) => row.data);
  const inventory = final.service('inventory').store;
  return [
    ...ends(rows, ordersOf(final.share)),
    ...money(rows, ledger),
    ...goods(rows, inventory),
    ...parcels(rows, final.service('shipping').store),
    ...numbers(rows, orders),
    ...logs(final),
  ];
}
