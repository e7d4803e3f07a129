// How do products get into the catalogue, one by one and when the shop is new?
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { many, where } from 'offshoot/store';
import { catalog } from '../../contracts/catalog.ts';
import { added, products } from './product.ts';

export const createProduct = commandHandler(catalog.create, {
  load: ({ input }) => ({ taken: where(products, 'sku', input.sku, { limit: 1 }) }),
  decide({ input, loaded, id }) {
    if (loaded.taken.length > 0) return refuse('SKU_TAKEN', { sku: input.sku });
    return { ...added([{ id, ...input }]), reply: { id } };
  },
});

/** Leaves alone what is there: a price that was changed since stays changed. */
export const seedProducts = commandHandler(catalog.seed, {
  load: ({ input }) => ({
    known: many(
      products,
      input.products.map(({ id }) => id),
    ),
  }),
  decide({ input, loaded }) {
    const fresh = input.products.filter((_, index) => !loaded.known[index]);
    return { ...added(fresh), reply: { created: fresh.length } };
  },
});
