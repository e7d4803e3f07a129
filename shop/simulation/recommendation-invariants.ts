// Does the service that recommends count what was bought, each order once?
import type { Final } from 'offshoot/simulation';
import { type Entry, every, type Need, type Store } from 'offshoot/store';
import { pairOf, pairs, sales } from '../services/recommendations/purchases.ts';

const all = { limit: 10_000 };
const load = <T>(store: Store, need: Need<T>): T => store.load(need) as T;

/** Every count that is not what the confirmed orders say, in words that name the id. */
export function recommendationViolations(final: Final): string[] {
  const { store } = final.service('recommendations');
  const { singles, twos } = countsOf(final.log('orders'));
  return [
    ...differences('product', singles, load(store, every(sales, all))),
    ...differences('pair', twos, load(store, every(pairs, all))),
  ];
}

function countsOf(log: readonly Entry[]) {
  const singles = new Map<string, number>();
  const twos = new Map<string, number>();
  const count = (into: Map<string, number>, id: string) => into.set(id, (into.get(id) ?? 0) + 1);
  for (const { type, data } of log) {
    if (type !== 'order.confirmed') continue;
    const { items } = data as { items: readonly { productId: string }[] };
    const ids = [...new Set(items.map(({ productId }) => productId))];
    ids.forEach((id, index) => {
      count(singles, id);
      for (const other of ids.slice(index + 1)) count(twos, pairOf(id, other));
    });
  }
  return { singles, twos };
}

function differences(
  what: string,
  expected: ReadonlyMap<string, number>,
  found: readonly { readonly id: string; readonly data: { readonly orders: number } }[],
): string[] {
  const counted = new Map(found.map(({ id, data }) => [id, data.orders]));
  return [...new Set([...expected.keys(), ...counted.keys()])].flatMap((id) => {
    const [due = 0, is = 0] = [expected.get(id), counted.get(id)];
    return due === is ? [] : [`${what} ${id}: counted ${is} times, bought ${due} times`];
  });
}
