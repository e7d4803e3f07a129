// What do the logs, the documents and the ledger say about orders, stock and money?
import { crc32 } from 'node:zlib';
import type { Stock } from '../../services/inventory/stock.ts';
import type { LedgerEntry } from '../evidence/ledger.ts';
import type { LogEntry } from '../evidence/store-file.ts';
import { type LogCheck, logCheck } from './log-check.ts';
import type { Snapshot } from './snapshot.ts';

export interface Line {
  readonly sku: string;
  readonly quantity: number;
}

export interface Money {
  readonly amount: number;
  readonly currency: string;
}

/** An order as its own events tell it. */
export interface OrderFact {
  readonly customerId: string;
  readonly items: readonly (Line & { readonly productId: string; readonly price: Money })[];
  readonly total: Money;
  readonly createdAt: number;
  /** Types of its events, oldest first. */
  readonly events: string[];
  status: string;
  reason: string;
  updatedAt: number;
}

/** An order as its customer is shown it. */
export interface OrderRow {
  readonly status: string;
  readonly customerId: string;
  readonly items: readonly { productId: string; quantity: number; price: Money }[];
  readonly totalAmount: Money;
  readonly reason: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface ReservationFact {
  readonly status: string;
  readonly lines: readonly Line[];
}

export interface SagaFact {
  readonly status: string;
}

export interface Facts {
  readonly orders: ReadonlyMap<string, OrderFact>;
  readonly rows: ReadonlyMap<string, OrderRow>;
  /** By id, which is the order's. */
  readonly sagas: ReadonlyMap<string, SagaFact>;
  /** The status in a saga's last journal entry. */
  readonly journals: ReadonlyMap<string, string>;
  readonly stock: ReadonlyMap<string, Stock>;
  readonly reservations: ReadonlyMap<string, ReservationFact>;
  /** Lines of `inventory.reserved` and `inventory.released`, by order. */
  readonly reserved: ReadonlyMap<string, readonly Line[]>;
  readonly released: ReadonlyMap<string, readonly Line[]>;
  readonly restocked: ReadonlyMap<string, number>;
  /** `payment.processed`, by capture. */
  readonly captures: ReadonlyMap<string, { readonly orderId: string; readonly amount: Money }>;
  /** `payment.refunded`, by order. */
  readonly refunds: ReadonlyMap<string, Money>;
  /** Status by order, which is a shipment's id. */
  readonly shipments: ReadonlyMap<string, { readonly status: string }>;
  readonly ledger: readonly LedgerEntry[];
  readonly log: LogCheck;
}

const STATUS_AFTER: Readonly<Record<string, string>> = {
  'order.created': 'pending',
  'order.confirmed': 'confirmed',
  'order.shipped': 'shipped',
  'order.delivered': 'delivered',
  'order.cancelled': 'cancelled',
};

/** Reads everything once; each log entry is checked on the way. */
export function readFacts({ stores, ledger }: Snapshot): Facts {
  const orders = new Map<string, OrderFact>();
  const journals = new Map<string, string>();
  const reserved = new Map<string, Line[]>();
  const released = new Map<string, Line[]>();
  const restocked = new Map<string, number>();
  const captures = new Map<string, { orderId: string; amount: Money }>();
  const refunds = new Map<string, Money>();
  const log = logCheck((text) => crc32(text));

  const note = (entry: LogEntry) => {
    const { type, key } = entry;
    if (type.startsWith('order.')) noteOrder(orders, entry);
    else if (type === 'saga.step' || type === 'saga.decided')
      journals.set(key, parse(entry).status);
    else if (type === 'inventory.reserved') push(reserved, key, parse(entry).lines);
    else if (type === 'inventory.released') push(released, key, parse(entry).lines);
    else if (type === 'inventory.restocked') {
      const { sku, quantity } = parse(entry);
      restocked.set(sku, (restocked.get(sku) ?? 0) + quantity);
    } else if (type === 'payment.processed') {
      const { orderId, captureId, amount } = parse(entry);
      captures.set(captureId, { orderId, amount });
    } else if (type === 'payment.refunded') refunds.set(key, parse(entry).amount);
  };

  for (const [service, store] of stores) {
    const check = log.store(service, store);
    for (const entry of store.log()) {
      check.entry(entry);
      if (OWNED[service] === entry.type.split('.')[0] || entry.type === 'saga.step') note(entry);
    }
    check.end();
  }
  const documents = <T>(service: string, collection: string): Map<string, T> =>
    new Map(
      [...(stores.get(service)?.documents<T>(collection) ?? [])].map(({ id, data }) => [id, data]),
    );
  return {
    ...{ orders, journals, reserved, released, restocked, captures, refunds, ledger, log },
    rows: documents('orders', 'order_rows'),
    sagas: documents('orders', 'offshoot.sagas'),
    stock: documents('inventory', 'stock'),
    reservations: documents('inventory', 'reservations'),
    shipments: documents('shipping', 'shipments'),
  };
}

/** Whose nouns are read here. */
const OWNED: Readonly<Record<string, string>> = {
  orders: 'order',
  inventory: 'inventory',
  payments: 'payment',
};

function noteOrder(orders: Map<string, OrderFact>, entry: LogEntry): void {
  const { type, key, at } = entry;
  if (type === 'order.created') {
    const { customerId, items, total } = parse(entry);
    const events = [type];
    const times = { createdAt: at, updatedAt: at };
    orders.set(key, { customerId, items, total, events, status: 'pending', reason: '', ...times });
    return;
  }
  const order = orders.get(key);
  const status = STATUS_AFTER[type];
  if (!order || !status) return;
  order.events.push(type);
  order.status = status;
  order.updatedAt = at;
  if (status === 'cancelled') order.reason = parse(entry).reason;
}

/** An altered entry may not parse; its sum says so, and it counts as empty here. */
function parse({ data }: LogEntry): any {
  try {
    return JSON.parse(data) ?? {};
  } catch {
    return {};
  }
}

function push(into: Map<string, Line[]>, key: string, lines: readonly Line[] = []): void {
  const known = into.get(key);
  if (known) known.push(...lines);
  else into.set(key, [...lines]);
}
