// How do the logs of the shop say what was done for whom?
import { SAGA_ENTRIES } from 'offshoot/saga';
import { inventory } from '../../../services/inventory/service.ts';
import { orders } from '../../../services/orders/service.ts';
import { payments } from '../../../services/payments/service.ts';
import type { Reading } from '../windows.ts';

/** The collections of the services that a checkout goes through. */
export const SHOP_COLLECTIONS = {
  orders: orders.collections,
  inventory: inventory.collections,
  payments: payments.collections,
} as const;

const STEPS: Readonly<Record<string, string>> = {
  'inventory.reserved': 'reserve forward',
  'payment.authorised': 'authorise forward',
  'payment.processed': 'capture forward',
};
const SAGA = 'saga/';

export const shopReading: Reading = {
  caller: 'orders',
  callees: ['inventory', 'payments'],
  /** Every order is placed under its idempotency key as correlation id. */
  requestOf: ({ type, correlation }) => (type === 'order.created' ? correlation : undefined),
  stepOf({ type, key }) {
    const step = STEPS[type];
    return step === undefined ? undefined : `${key} ${step}`;
  },
  journaledBy({ type, stream, data }) {
    if (type !== SAGA_ENTRIES.step || !stream.startsWith(SAGA)) return undefined;
    const { step, direction, outcome } = data as { [field: string]: any };
    if (outcome?.kind === 'unknown') return undefined;
    return `${stream.slice(SAGA.length)} ${step} ${direction}`;
  },
  handledBy: () => undefined,
  isEvent: () => false,
};
