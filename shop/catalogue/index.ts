// What does the shop sell? A catalogue of our own invention, the same in every run.
import products from './products.json' with { type: 'json' };

/** An amount in minor units: `{ amount: 5490, currency: 'EUR' }` is 54.90 euros. */
export interface CataloguePrice {
  readonly amount: number;
  readonly currency: string;
}

export interface CatalogueProduct {
  /** A UUIDv7, the same in every run; ids ascend in the order of the list. */
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  readonly price: CataloguePrice;
  /** What a fresh shop has of it, and where. */
  readonly stock: { readonly quantity: number; readonly location: string };
}

/** Few pieces of each: these sell out while somebody watches. */
export const LIMITED_EDITIONS = 'limited editions';

/**
 * Every product, ordered by id. Stocks are deep, so that traffic and benches never run dry,
 * but for the limited editions (3 pieces each) and two products that are sold out.
 *
 * @example
 * CATALOGUE.find((product) => product.category === LIMITED_EDITIONS)?.stock.quantity; // 3
 */
export const CATALOGUE: readonly CatalogueProduct[] = products;
