// Did the provider take exactly what was sold, and does it hold nothing else?
import type { LedgerEntry } from '../evidence/ledger.ts';
import type { Facts } from './facts.ts';
import { type Findings, findings, type Invariant } from './invariant.ts';

/** Statuses of orders whose money was taken. */
export const PAID: ReadonlySet<string> = new Set(['confirmed', 'shipped', 'delivered']);

interface Account {
  captured: number;
  refunded: number;
  captures: number;
}

interface Held {
  readonly order: string;
  readonly amount: number;
  state: 'open' | 'captured' | 'voided';
}

/** The provider's captures − refunds = totals of paid orders, per order and in all. */
export function moneyInvariant(facts: Facts): Invariant {
  const found = findings();
  const accounts = new Map<string, Account>();
  const held = new Map<string, Held>();
  facts.ledger.forEach((entry, index) => {
    const where = `ledger line ${entry.seq} (${entry.kind} for order ${entry.reference})`;
    found.expect(entry.seq === index + 1, () => `ledger line ${index + 1} is missing`);
    checkLine(found, facts, entry, where);
    apply(found, accounts, held, entry, where);
  });
  for (const [id, { order, state }] of held)
    found.expect(state !== 'open', () => `authorisation ${id} of order ${order} is left open`);
  const total = compareOrders(found, facts, accounts);
  checkCaptures(found, facts, held);
  checkRefunds(found, facts, accounts);
  return found.conclude('money', `${total.orders} paid orders, ${money(total.amounts)} taken`);
}

function checkLine(found: Findings, { orders }: Facts, entry: LedgerEntry, where: string): void {
  const order = orders.get(entry.reference ?? '');
  found.expect(order !== undefined, () => `${where}: there is no such order`);
  if (!order || entry.kind === 'refunded') return;
  const { amount, currency } = order.total;
  found.expect(
    entry.amount === amount && entry.currency === currency,
    () => `${where} is over ${entry.amount} ${entry.currency}, the order ${amount} ${currency}`,
  );
}

function apply(
  found: Findings,
  accounts: Map<string, Account>,
  held: Map<string, Held>,
  { kind, authorisation, reference: order = '', amount }: LedgerEntry,
  where: string,
): void {
  if (kind === 'declined') return;
  const id = authorisation ?? '';
  if (kind === 'authorised') {
    found.expect(!held.has(id), () => `${where}: ${id} was authorised before`);
    held.set(id, { order, amount, state: 'open' });
    return;
  }
  const hold = held.get(id);
  const from = kind === 'refunded' ? 'captured' : 'open';
  found.expect(
    hold?.state === from && hold.order === order,
    () => `${where}: ${id} is ${hold?.state ?? 'unknown'} of order ${hold?.order}`,
  );
  if (!hold) return;
  const account = accounts.get(order) ?? { captured: 0, refunded: 0, captures: 0 };
  accounts.set(order, account);
  if (kind === 'refunded') account.refunded += amount;
  else hold.state = kind;
  if (kind !== 'captured') return;
  account.captured += amount;
  account.captures += 1;
}

function compareOrders(found: Findings, { orders }: Facts, accounts: Map<string, Account>) {
  const amounts = new Map<string, number>();
  let paid = 0;
  for (const [id, { status, total }] of orders) {
    const account = accounts.get(id);
    const taken = (account?.captured ?? 0) - (account?.refunded ?? 0);
    const isPaid = PAID.has(status);
    const due = isPaid ? total.amount : 0;
    found.expect(
      taken === due,
      () => `order ${id} is ${status} over ${due} ${total.currency}, the provider took ${taken}`,
    );
    found.expect(
      (account?.captures ?? 0) <= 1,
      () => `order ${id} was captured ${account?.captures} times`,
    );
    if (!isPaid) continue;
    paid += 1;
    amounts.set(total.currency, (amounts.get(total.currency) ?? 0) + taken);
  }
  return { orders: paid, amounts };
}

/** What payments believes it took is what the provider took. */
function checkCaptures(found: Findings, { captures }: Facts, held: ReadonlyMap<string, Held>) {
  for (const [captureId, { orderId, amount }] of captures) {
    const hold = held.get(captureId.replace(/^cap_/, 'auth_'));
    found.expect(
      hold?.state === 'captured' && hold.order === orderId && hold.amount === amount.amount,
      () => `payments says ${captureId} of order ${orderId}, the provider does not know it so`,
    );
  }
  const taken = [...held].filter(([, { state }]) => state === 'captured');
  for (const [id, { order }] of taken)
    found.expect(
      captures.has(id.replace(/^auth_/, 'cap_')),
      () => `the provider captured ${id} of order ${order}, payments does not know of it`,
    );
}

/** What payments believes it gave back is what the provider gave back, and for nothing else. */
function checkRefunds(
  found: Findings,
  { orders, refunds }: Facts,
  accounts: ReadonlyMap<string, Account>,
): void {
  for (const [id, { refunded }] of accounts) {
    const told = refunds.get(id)?.amount ?? 0;
    found.expect(
      refunded === told,
      () => `the provider gave back ${refunded} of order ${id}, payments says ${told}`,
    );
    const status = orders.get(id)?.status;
    found.expect(
      refunded === 0 || status === 'cancelled',
      () => `order ${id} is ${status}, and ${refunded} of its money was given back`,
    );
  }
  for (const id of refunds.keys())
    found.expect(accounts.has(id), () => `payments refunded order ${id}, the provider did not`);
}

const money = (amounts: ReadonlyMap<string, number>) =>
  [...amounts].map(([currency, amount]) => `${(amount / 100).toFixed(2)} ${currency}`).join(', ') ||
  'nothing';
