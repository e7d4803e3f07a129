// How does stock get into the warehouse, the first time and later?
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { append, many, one, put } from 'offshoot/store';
import { inventory } from '../../contracts/inventory.ts';
import { arrived, opened, skusOf, stock } from './stock.ts';

export const restock = commandHandler(inventory.restock, {
  load: ({ input }) => ({ found: one(stock, input.sku) }),
  decide({ input, loaded }) {
    const { sku, quantity } = input;
    const { found } = loaded;
    if (!found) return refuse('PRODUCT_NOT_FOUND', { sku });
    const now = arrived(found.data, quantity);
    const { available } = now;
    const restocked = inventory.events.restocked({ sku, quantity, available });
    return {
      appends: [append(`stock/${sku}`, [restocked])],
      documents: [put(stock, sku, now, found.revision)],
      reply: { sku, available },
    };
  },
});

/** Sets what has no stock yet; what was sold since stays sold. */
export const seedStock = commandHandler(inventory.seedStock, {
  load: ({ input }) => ({ known: many(stock, skusOf(input.items)) }),
  decide({ input, loaded }) {
    const fresh = new Map(
      input.items
        .filter((_, index) => !loaded.known[index])
        .map(({ sku, quantity, location }) => [sku, opened(sku, quantity, location)]),
    );
    const documents = [...fresh].map(([sku, first]) => put(stock, sku, first, 0));
    return { documents, reply: { created: fresh.size } };
  },
});
