// Where do payments and the provider's ledger differ about an order, and what would mend it?
import type { OrderStatus } from '../../contracts/orders.ts';
import type { Difference, DifferenceKind } from '../../contracts/payments.ts';
import type { Payment, PaymentStatus } from './payment.ts';
import { type Charge, isClosed, isOwn, type Statement } from './statement.ts';

/** What payments believes: `absent` where it has no payment. */
export type Believed = PaymentStatus | 'absent';
export type AtProvider = Difference['provider'];

export interface Finding {
  readonly kind: DifferenceKind;
  readonly action: Difference['action'];
  /** What the payment becomes; undefined where it stays as it is. */
  readonly becomes?: PaymentStatus;
  /** Undefined where the provider has none. */
  readonly charge?: Charge;
}

type Verdict = Omit<Finding, 'charge'>;

export const believedOf = (payment: Payment | undefined): Believed => payment?.status ?? 'absent';

export function atProvider(charge: Charge | undefined): AtProvider {
  if (!charge) return 'none';
  const { state, refunded, amount } = charge;
  if (refunded === 0) return state;
  return refunded >= amount ? 'refunded' : 'partly_refunded';
}

/** Whether a look at the order is needed: what is over on both sides is so for any order. */
export function isOver(payment: Payment | undefined, statement: Statement | undefined): boolean {
  const open = statement?.charges.some((one) => !isClosed(one)) ?? false;
  const own = ownCharge(statement);
  const believed = believedOf(payment);
  return !open && differs(believed, atProvider(own), 'cancelled') === undefined;
}

export const ownCharge = (statement: Statement | undefined): Charge | undefined =>
  statement?.charges.find((one) => isOwn(statement.orderId, one));

/**
 * Every difference about one order, whose status decides what is due. Pure. What a mend leaves
 * behind is no difference: a second look finds nothing.
 */
export function differences(
  payment: Payment | undefined,
  statement: Statement | undefined,
  order: OrderStatus | 'unknown',
): Finding[] {
  const own = ownCharge(statement);
  const verdict = ownVerdict(payment, own, order);
  const mine = verdict ? [{ ...verdict, ...(own ? { charge: own } : {}) }] : [];
  const others = statement?.charges.filter((one) => one !== own && !isClosed(one)) ?? [];
  return [...mine, ...others.map((charge) => stray(charge, order))];
}

/** A charge that we did not make: money of an order of ours goes back, anything else is a person's. */
function stray(charge: Charge, order: OrderStatus | 'unknown'): Finding {
  if (order === 'unknown') return { kind: 'not_ours', action: 'none', charge };
  const action = charge.state === 'held' ? 'void' : 'refund';
  return { kind: 'stray_charge', action, charge };
}

function ownVerdict(
  payment: Payment | undefined,
  charge: Charge | undefined,
  order: OrderStatus | 'unknown',
): Verdict | undefined {
  const provider = atProvider(charge);
  if (charge && payment?.amount && !isClosed(charge)) {
    const { amount, currency } = payment.amount;
    if (charge.amount !== amount || charge.currency !== currency) return AMOUNT_DIFFERS;
  }
  if (provider === 'partly_refunded') return AMOUNT_DIFFERS;
  return differs(believedOf(payment), provider, order);
}

const AMOUNT_DIFFERS: Verdict = { kind: 'amount_differs', action: 'none' };
const CONTRADICTS: Verdict = { kind: 'contradicts', action: 'none' };

/** The two sides of one charge of ours. Undefined when nothing is wrong. */
function differs(
  believed: Believed,
  provider: AtProvider,
  order: OrderStatus | 'unknown',
): Verdict | undefined {
  const isDead = order === 'cancelled' || order === 'unknown';
  switch (provider) {
    case 'none':
      return missing(believed, isDead);
    case 'held':
      return isDead ? heldForNothing(believed) : held(believed);
    case 'captured':
      return isDead ? takenForNothing(believed) : taken(believed);
    case 'voided':
      if (believed === 'captured') return CONTRADICTS;
      return isBehind(believed) ? { ...LOST, becomes: 'voided' } : undefined;
    case 'refunded':
      if (believed === 'voided' || believed === 'refunded') return undefined;
      return { ...LOST, becomes: 'refunded' };
    default:
      return AMOUNT_DIFFERS;
  }
}

const LOST = { kind: 'answer_lost', action: 'record' } as const;
const isBehind = (believed: Believed) => believed === 'absent' || believed === 'authorised';

/** The provider knows of no charge of ours. */
function missing(believed: Believed, isDead: boolean): Verdict | undefined {
  if (believed !== 'authorised' && believed !== 'captured') return undefined;
  const kind = 'not_at_provider';
  // By its key, so that it can never be made; money that was taken and is gone is a person's.
  if (believed === 'authorised' && isDead) return { kind, action: 'void', becomes: 'voided' };
  return { kind, action: 'none' };
}

function held(believed: Believed): Verdict | undefined {
  if (believed === 'absent') return { ...LOST, becomes: 'authorised' };
  if (believed === 'authorised') return undefined;
  if (believed === 'captured') return { kind: 'not_at_provider', action: 'capture' };
  return { kind: 'left_open', action: 'void' };
}

function heldForNothing(believed: Believed): Verdict {
  if (believed === 'captured') return { kind: 'not_at_provider', action: 'none' };
  const kind = believed === 'absent' ? 'answer_lost' : 'left_open';
  return isBehind(believed)
    ? { kind, action: 'void', becomes: 'voided' }
    : { kind, action: 'void' };
}

function taken(believed: Believed): Verdict | undefined {
  if (believed === 'captured') return undefined;
  return isBehind(believed) ? { ...LOST, becomes: 'captured' } : CONTRADICTS;
}

function takenForNothing(believed: Believed): Verdict {
  const kind = isBehind(believed) ? 'answer_lost' : 'not_given_back';
  const isOpen = isBehind(believed) || believed === 'captured';
  return isOpen ? { kind, action: 'refund', becomes: 'refunded' } : { kind, action: 'refund' };
}
