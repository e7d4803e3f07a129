// Which ways can an order go, what is ordered on each, and what is it to end with?
import { OffshootError } from 'offshoot/error';
import type { HttpClient } from '../client/http-client.ts';
import { assortment, type Product } from '../client/products.ts';
import { usageError } from '../command/command-line.ts';
import { ENDINGS, type Ending } from './ending.ts';

/** What is ordered, what is done meanwhile, and how it has to end. */
export interface Route {
  readonly isScarce?: boolean;
  readonly quantity: number;
  readonly method: string;
  /** Statuses at which there is nothing left to wait for. */
  readonly over: ReadonlySet<string>;
  /** `before` its confirmation, while the checkout runs; or `after`, before it leaves the house. */
  readonly cancel?: 'before' | 'after';
  readonly ending: Ending;
}

export interface RouteOptions {
  readonly decline?: boolean | undefined;
  readonly 'out-of-stock'?: boolean | undefined;
  readonly cancel?: string | undefined;
  readonly until?: string | undefined;
}

const TOO_MANY = 1_000;
const UNTIL_SHIPPED = new Set(['shipped', 'delivered', 'cancelled']);
const UNTIL_CONFIRMED = new Set(['confirmed', ...UNTIL_SHIPPED]);

const usual = { quantity: 2, method: 'pm_card_visa', over: UNTIL_SHIPPED };
// With a slow card the checkout takes seconds, so that a wish finds it at work.
const slow = { ...usual, method: 'pm_card_slow' };

const BOUGHT: Readonly<Record<string, Route>> = {
  shipped: { ...usual, ending: ENDINGS.shipped },
  confirmed: { ...usual, over: UNTIL_CONFIRMED, ending: ENDINGS.confirmed },
};
const CANCELLED: Readonly<Record<string, Route>> = {
  before: { ...slow, cancel: 'before', ending: ENDINGS.cancelledBefore },
  after: { ...usual, cancel: 'after', ending: ENDINGS.cancelledAfter },
};
const DECLINED: Route = { ...usual, method: 'pm_card_declined', ending: ENDINGS.declined };
const OUT_OF_STOCK: Route = {
  ...usual,
  ...{ isScarce: true, quantity: TOO_MANY, ending: ENDINGS.outOfStock },
};

/** The way that the command line asks for. Throws a usage error for one that is none. */
export function routeOf({ decline, 'out-of-stock': scarce, cancel, until }: RouteOptions): Route {
  if ([decline, scarce, cancel !== undefined].filter(Boolean).length > 1)
    throw usageError('give one of --decline, --out-of-stock and --cancel');
  const bought = BOUGHT[until ?? 'shipped'];
  if (!bought) throw usageError(`--until ${until} is neither confirmed nor shipped`);
  if (decline) return DECLINED;
  if (scarce) return OUT_OF_STOCK;
  if (cancel === undefined) return bought;
  const cancelled = CANCELLED[cancel];
  if (!cancelled) throw usageError(`--cancel ${cancel} is neither before nor after`);
  return cancelled;
}

/** A product that the route is about. Rejects when the shop lists none. */
export async function productFor({ isScarce }: Route, http: HttpClient): Promise<Product> {
  const { plenty, scarce } = await assortment(http);
  const product = isScarce ? scarce[0] : plenty[0];
  if (product) return product;
  throw new OffshootError('BAD_UPSTREAM', 'the shop lists no product for this route');
}
