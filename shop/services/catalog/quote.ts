// What do these products cost right now, and what does the warehouse call them?
import { refuse } from 'offshoot/contract';
import { queryHandler } from 'offshoot/service';
import { many } from 'offshoot/store';
import { catalog, type Quote } from '../../contracts/catalog.ts';
import { products } from './product.ts';

export const quoteProducts = queryHandler(catalog.quote, {
  load: ({ input }) => ({ found: many(products, input.productIds) }),
  answer({ input, loaded }) {
    const missing = input.productIds.find((_, index) => !loaded.found[index]);
    if (missing !== undefined) return refuse('PRODUCT_NOT_FOUND', { productId: missing });
    const quotes = loaded.found.flatMap((product): Quote[] => {
      if (!product) return [];
      const { id, sku, name, price } = product.data;
      return [{ productId: id, sku, name, price }];
    });
    return { quotes };
  },
});
