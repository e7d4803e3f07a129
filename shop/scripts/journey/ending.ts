// How must an order end: what do its customer, the provider, the stores and the mailbox have to say?

/** Of each list one will do, unless it says otherwise. */
export interface Ending {
  /** What the customer is shown. */
  readonly statuses: readonly string[];
  /** Why it was cancelled; '' where it was not. */
  readonly reason: string;
  /** What the provider did, in its order. */
  readonly ledgers: readonly string[];
  /** What became of its claim on stock. */
  readonly reservations: readonly string[];
  readonly shipments: readonly string[];
  /** All of these became one mail each, and nothing else did. */
  readonly told: readonly string[];
  /** These may have become one since. */
  readonly mayBeTold: readonly string[];
}

const TAKEN = 'authorised, captured';
const CANCELLED = {
  ...{ statuses: ['cancelled'], reservations: ['released'], shipments: ['none'] },
  ...{ told: ['order.cancelled'], mayBeTold: [] },
};
const BOUGHT = {
  ...{ statuses: ['shipped', 'delivered'], reason: '', ledgers: [TAKEN], reservations: ['sold'] },
  ...{ shipments: ['dispatched', 'delivered'], mayBeTold: [] },
  told: ['order.confirmed', 'order.shipped'],
};

export const ENDINGS = {
  shipped: BOUGHT,
  /** Nobody waits for what comes after. */
  confirmed: {
    ...BOUGHT,
    statuses: ['confirmed', ...BOUGHT.statuses],
    shipments: ['created', ...BOUGHT.shipments],
    told: ['order.confirmed'],
    mayBeTold: ['order.shipped'],
  },
  declined: { ...CANCELLED, reason: 'PAYMENT_DECLINED', ledgers: ['declined'] },
  outOfStock: {
    ...CANCELLED,
    reason: 'OUT_OF_STOCK',
    ledgers: ['nothing'],
    reservations: ['none', 'released'],
  },
  /** The wish may come before the checkout has asked for anything. */
  cancelledBefore: {
    ...CANCELLED,
    reason: 'CUSTOMER',
    ledgers: ['authorised, voided', 'nothing'],
    reservations: ['none', 'released'],
  },
  cancelledAfter: {
    ...CANCELLED,
    reason: 'CUSTOMER',
    ledgers: [`${TAKEN}, refunded`],
    shipments: ['cancelled'],
    told: ['order.confirmed', 'order.cancelled'],
  },
} as const satisfies Readonly<Record<string, Ending>>;
