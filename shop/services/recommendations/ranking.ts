// Which products come first, by how many orders speak for each?
import { RECOMMENDATIONS_MAX } from '../../contracts/recommendations.ts';

export interface Ranked {
  readonly productId: string;
  readonly orders: number;
}

const byOrders = (one: Ranked, other: Ranked) =>
  other.orders - one.orders || (one.productId < other.productId ? -1 : 1);

/**
 * The list with this count in its place, cut to the first 20. Counts only grow and each change
 * comes through here, so the cut list is exact.
 */
export function ranked(list: readonly Ranked[], counted: readonly Ranked[]): Ranked[] {
  const fresh = new Set(counted.map(({ productId }) => productId));
  return [...list.filter(({ productId }) => !fresh.has(productId)), ...counted]
    .sort(byOrders)
    .slice(0, RECOMMENDATIONS_MAX);
}

/** What goes with several products: their lists added up, without what is there already. */
export function added(
  lists: readonly (readonly Ranked[])[],
  without: ReadonlySet<string>,
): Ranked[] {
  const sums = new Map<string, number>();
  for (const { productId, orders } of lists.flat())
    if (!without.has(productId)) sums.set(productId, (sums.get(productId) ?? 0) + orders);
  return [...sums].map(([productId, orders]) => ({ productId, orders })).sort(byOrders);
}
