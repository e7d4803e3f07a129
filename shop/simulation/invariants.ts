// What must be true of the shop once it has come to rest, whatever failed on the way?
import type { Final } from 'offshoot/simulation';
import { every, type Need, START, type Store } from 'offshoot/store';
import { type Reservation, reservations } from '../services/inventory/reservation.ts';
import { stock } from '../services/inventory/stock.ts';
import { type OrderRow, orderRows } from '../services/orders/projections/order-row.ts';
import type { LedgerEntry } from '../stand-ins/provider/provider.ts';
import { CANARY, ORDERS } from './shoppers.ts';

const LOG_MAX = 1_000_000;
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
const CONFIRMED = new Set(['confirmed', 'shipped', 'delivered']);

const load = <T>(store: Store, need: Need<T>): T => store.load(need) as T;
const all = { limit: 1_000 };

function ends(rows: readonly OrderRow[]): string[] {
  const open = rows.filter((row) => row.status === 'pending').map((row) => row.orderId);
  const count = rows.length === ORDERS ? [] : [`${rows.length} orders, not ${ORDERS}`];
  return [...count, ...open.map((id) => `order ${id} never came to an end`)];
}

/** What the provider took for each order is what the order costs, and nothing is left on hold. */
function money(rows: readonly OrderRow[], ledger: readonly LedgerEntry[]): string[] {
  const found: string[] = [];
  for (const row of rows) {
    const lines = ledger.filter((line) => line.reference === row.orderId);
    const sum = (kind: LedgerEntry['kind']) =>
      lines.filter((line) => line.kind === kind).reduce((total, line) => total + line.amount, 0);
    const taken = sum('captured') - sum('refunded');
    const due = CONFIRMED.has(row.status) ? row.totalAmount.amount : 0;
    if (taken !== due)
      found.push(`order ${row.orderId} (${row.status}): ${taken} taken, ${due} due`);
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
    const fits = data.status === (CONFIRMED.has(status) ? 'sold' : 'released');
    if (!fits) found.push(`reservation ${data.orderId} is ${data.status}, its order is ${status}`);
  }
  for (const { data } of load(store, every(stock, all))) {
    const { sku, available, reserved, sold, initial, restocked } = data;
    if (available !== initial + restocked - reserved - sold)
      found.push(`stock ${sku} does not add up`);
    if (Math.min(available, reserved, sold) < 0) found.push(`stock ${sku} is below zero`);
    if (reserved !== 0) found.push(`stock ${sku}: ${reserved} still set aside`);
    const wanted = claims
      .filter((claim) => claim.data.status === 'sold')
      .flatMap((claim) => claim.data.lines)
      .filter((line) => line.sku === sku)
      .reduce((sum, line) => sum + line.quantity, 0);
    if (sold !== wanted) found.push(`stock ${sku}: ${sold} sold, ${wanted} by confirmed orders`);
  }
  return found;
}

/** Dense positions, no plain name, and no event that one handler answered twice. */
function logs(final: Final): string[] {
  const found: string[] = [];
  for (const name of SERVICES) {
    const { entries } = final.service(name).store.readLog(START, LOG_MAX) as Awaited<
      ReturnType<Store['readLog']>
    >;
    const answered = new Set<string>();
    entries.forEach((entry, index) => {
      if (entry.seq !== index + 1)
        found.push(`${name}: position ${entry.seq} at place ${index + 1}`);
      if (JSON.stringify(entry).includes(CANARY)) found.push(`${name} ${entry.seq}: a plain name`);
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
  return [...ends(rows), ...money(rows, ledger), ...goods(rows, inventory), ...logs(final)];
}
