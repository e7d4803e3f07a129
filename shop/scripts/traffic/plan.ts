// Which orders are placed? So many of each kind by quota, not by luck; a seed decides the rest.
import type { Assortment, Product } from '../client/products.ts';
import { random } from '../command/random.ts';

export type Kind =
  | 'visa'
  | 'declined'
  | 'insufficientFunds'
  | 'outOfStock'
  | 'dropped'
  | 'error'
  | 'slow'
  | 'twice';

interface Rate {
  readonly method: string;
  /** Of all orders. */
  readonly share: number;
  /** The provider takes seconds over each: more would measure its patience. */
  readonly countMax?: number;
}

/** Everything that is none of these is an order that nothing happens to. */
const RATES: Readonly<Record<Exclude<Kind, 'visa'>, Rate>> = {
  declined: { method: 'pm_card_declined', share: 0.03 },
  insufficientFunds: { method: 'pm_card_insufficient_funds', share: 0.01 },
  outOfStock: { method: 'pm_card_visa', share: 0.015 },
  dropped: { method: 'pm_card_drop_after_charge', share: 0.01 },
  error: { method: 'pm_card_error', share: 0.01 },
  slow: { method: 'pm_card_slow', share: 0.01, countMax: 30 },
  twice: { method: 'pm_card_twice', share: 0.01, countMax: 30 },
};
const VISA = 'pm_card_visa';

export interface PlannedOrder {
  readonly number: number;
  readonly kind: Kind;
  readonly method: string;
  readonly items: readonly { readonly productId: string; readonly quantity: number }[];
}

export interface PlanOptions {
  readonly orders: number;
  readonly seed: number;
  readonly assortment: Assortment;
  /** Every order is one piece of the same product. */
  readonly oneSku: boolean;
  /** Nothing happens to any order. */
  readonly onlyVisa: boolean;
}

const LINES_MAX = 3;
const QUANTITY_MAX = 3;
const TOO_MANY = 1_000;

/** The orders of a run, in the order in which they are placed. */
export function plan({ orders, seed, assortment, oneSku, onlyVisa }: PlanOptions): PlannedOrder[] {
  const draw = random(seed);
  const { plenty, scarce } = assortment;
  const first = plenty[0];
  const basket = (kind: Kind) => {
    if (kind === 'outOfStock') return [item(pick(scarce, draw), TOO_MANY)];
    if (oneSku && first) return [item(first, 1)];
    const lines = 1 + Math.floor(draw() * LINES_MAX);
    const chosen = new Set(Array.from({ length: lines }, () => pick(plenty, draw)));
    return [...chosen].map((product) => item(product, 1 + Math.floor(draw() * QUANTITY_MAX)));
  };
  const kinds = onlyVisa ? Array<Kind>(orders).fill('visa') : kindsOf(orders, draw);
  return kinds.map((kind, number) => ({
    number,
    kind,
    method: kind === 'visa' ? VISA : RATES[kind].method,
    items: basket(kind),
  }));
}

/** Those that take seconds come in the first half: a run should not end by waiting for them. */
function kindsOf(orders: number, draw: () => number): Kind[] {
  const quick: Kind[] = [];
  const slow: Kind[] = [];
  for (const [kind, { share, countMax }] of Object.entries(RATES) as [Kind, Rate][]) {
    const count = Math.min(Math.ceil(share * orders), countMax ?? orders);
    const into = countMax === undefined ? quick : slow;
    for (let made = 0; made < count && quick.length + slow.length < orders; made += 1)
      into.push(kind);
  }
  while (quick.length + slow.length < orders) quick.push('visa');
  shuffle(quick, draw);
  for (const kind of slow) quick.splice(Math.floor((draw() * quick.length) / 2), 0, kind);
  return quick;
}

/** Whether the provider takes seconds over it. */
export const isSlow = (kind: Kind) => kind !== 'visa' && RATES[kind].countMax !== undefined;

const item = (product: Product, quantity: number) => ({ productId: product.id, quantity });

function pick<T>(from: readonly T[], draw: () => number): T {
  const chosen = from[Math.floor(draw() * from.length)];
  if (chosen === undefined) throw new Error('the shop lists too few products to place orders');
  return chosen;
}

function shuffle<T>(all: T[], draw: () => number): void {
  for (let at = all.length - 1; at > 0; at -= 1) {
    const other = Math.floor(draw() * (at + 1));
    [all[at], all[other]] = [all[other]!, all[at]!];
  }
}
