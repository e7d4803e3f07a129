// What does the service count?
import { collection } from 'offshoot/store';
import type { Ranked } from './ranking.ts';

/** How many orders had a product, or both of a pair. */
export interface Count {
  readonly orders: number;
}
/** The products at the top: overall, or in one order with a product. */
export interface Top {
  readonly top: readonly Ranked[];
}
/** What somebody bought lately, the newest first. */
export interface Basket {
  readonly productIds: readonly string[];
}
export interface Label {
  readonly name: string;
}

export const BASKET_MAX = 20;

export const sales = collection<Count>('sales');
export const pairs = collection<Count>('pairs');
export const companions = collection<Top>('companions');
export const popular = collection<Top>('popular');
export const baskets = collection<Basket>('baskets');
export const labels = collection<Label>('labels');

/** The one document of `popular`. */
export const OVERALL = 'overall';

/** The same for both orders of the two. */
export const pairOf = (one: string, other: string) =>
  one < other ? `${one}|${other}` : `${other}|${one}`;
