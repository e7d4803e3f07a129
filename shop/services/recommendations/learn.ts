// What does the service learn from an order, and where do its names come from?
import { on } from 'offshoot/messaging';
import { projection } from 'offshoot/projection';
import { type Document, many, one, put, remove } from 'offshoot/store';
import { catalog } from '../../contracts/catalog.ts';
import { orders } from '../../contracts/orders.ts';
import { users } from '../../contracts/users.ts';
import {
  BASKET_MAX,
  baskets,
  type Count,
  companions,
  labels,
  OVERALL,
  pairOf,
  pairs,
  popular,
  sales,
  type Top,
} from './purchases.ts';
import { type Ranked, ranked } from './ranking.ts';

/** Of one order, so that what it changes is bounded: 20 products are 190 pairs. */
const PRODUCTS_MAX = 20;

const distinct = (items: readonly { readonly productId: string }[]) =>
  [...new Set(items.map(({ productId }) => productId))].slice(0, PRODUCTS_MAX);

const pairsOf = (ids: readonly string[]) =>
  ids.flatMap((one, index) => ids.slice(index + 1).map((other) => pairOf(one, other)));

const oneMore = (found: Document<Count> | undefined) => (found?.data.orders ?? 0) + 1;
const topOf = (found: Document<Top> | undefined) => found?.data.top ?? [];

export const purchase = on(orders.events.confirmed, {
  load({ event: { data } }) {
    const ids = distinct(data.items);
    return {
      sold: many(sales, ids),
      together: many(pairs, pairsOf(ids)),
      lists: many(companions, ids),
      overall: one(popular, OVERALL),
      basket: one(baskets, data.customerId),
    };
  },
  decide({ event: { data }, loaded: { sold, together, lists, overall, basket } }) {
    const ids = distinct(data.items);
    const counts: Ranked[] = ids.map((productId, index) => ({
      productId,
      orders: oneMore(sold[index]),
    }));
    const names = pairsOf(ids);
    const counted = new Map(names.map((name, index) => [name, oneMore(together[index])]));
    const others = (id: string): Ranked[] =>
      ids.flatMap((productId) => {
        const orders = counted.get(pairOf(id, productId));
        return orders === undefined || productId === id ? [] : [{ productId, orders }];
      });
    const known = (basket?.data.productIds ?? []).filter((id) => !ids.includes(id));
    const productIds = [...ids, ...known].slice(0, BASKET_MAX);
    return {
      documents: [
        ...counts.map(({ productId, orders }) => put(sales, productId, { orders })),
        ...[...counted].map(([name, orders]) => put(pairs, name, { orders })),
        ...ids.map((id, index) =>
          put(companions, id, { top: ranked(topOf(lists[index]), others(id)) }),
        ),
        put(popular, OVERALL, { top: ranked(topOf(overall), counts) }),
        put(baskets, data.customerId, { productIds }),
      ],
    };
  },
});

/** Its next version is written anew from the logs, and takes the place of this one at once. */
export const learning = projection('purchases', 1, {
  collections: [sales, pairs, companions, popular, baskets, labels],
  handlers: [
    purchase,
    on(catalog.events.created, {
      decide: ({ event: { data } }) => ({
        documents: [put(labels, data.productId, { name: data.name })],
      }),
    }),
    on(catalog.events.updated, {
      decide: ({ event: { data } }) => ({
        documents: [put(labels, data.productId, { name: data.name })],
      }),
    }),
    on(users.events.erased, {
      decide: ({ event: { data } }) => ({ documents: [remove(baskets, data.userId)] }),
    }),
  ],
});
