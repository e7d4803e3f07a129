// How do people look at products?
import { refuse } from 'offshoot/contract';
import { queryHandler } from 'offshoot/service';
import { every, one } from 'offshoot/store';
import { catalog } from '../../contracts/catalog.ts';
import { products } from './product.ts';

/** By id, so that a page stays where it was while products are added. */
export const listProducts = queryHandler(catalog.list, {
  // One more than asked for says whether there is a next page.
  load: ({ input }) => ({
    found: every(products, { limit: input.limit + 1, after: input.cursor ?? '' }),
  }),
  answer({ input, loaded }) {
    const page = loaded.found.slice(0, input.limit);
    const hasMore = loaded.found.length > page.length;
    const next = hasMore ? (page.at(-1)?.id ?? null) : null;
    return { items: page.map(({ data }) => data), next };
  },
});

export const readProduct = queryHandler(catalog.get, {
  load: ({ input }) => ({ product: one(products, input.id) }),
  answer: ({ input, loaded }) =>
    loaded.product?.data ?? refuse('PRODUCT_NOT_FOUND', { productId: input.id }),
});
