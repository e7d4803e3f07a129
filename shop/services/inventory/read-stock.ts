// How much is there?
import { refuse } from 'offshoot/contract';
import { queryHandler } from 'offshoot/service';
import { many, one } from 'offshoot/store';
import { inventory } from '../../contracts/inventory.ts';
import { merged, skusOf, stock } from './stock.ts';

export const readStock = queryHandler(inventory.stock, {
  load: ({ input }) => ({ found: one(stock, input.sku) }),
  answer: ({ input, loaded }) =>
    loaded.found?.data ?? refuse('PRODUCT_NOT_FOUND', { sku: input.sku }),
});

export const readAvailability = queryHandler(inventory.availability, {
  load: ({ input }) => ({ stocks: many(stock, skusOf(merged(input.items))) }),
  answer({ input, loaded }) {
    const missing = merged(input.items).flatMap(({ sku, quantity: requested }, index) => {
      const available = loaded.stocks[index]?.data.available ?? 0;
      return available < requested ? [{ sku, requested, available }] : [];
    });
    return { allAvailable: missing.length === 0, missing };
  },
});
