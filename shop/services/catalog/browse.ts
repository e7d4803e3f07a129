// How do people look at products?
import { refuse } from 'offshoot/contract';
import { queryHandler } from 'offshoot/service';
import { andThen, type Document, every, map, type Need, one, where } from 'offshoot/store';
import { catalog } from '../../contracts/catalog.ts';
import { type Product, products } from './product.ts';

/** Products that a search looks at for one page, in reads of so many. */
const READ_MAX = 200;
const READS_MAX = 5;

interface Sought {
  readonly category: string | undefined;
  /** In lower case, all of them wanted. */
  readonly words: readonly string[];
}

interface Page {
  readonly found: readonly Document<Product>[];
  /** Where the next page begins; null when there is none. */
  readonly next: string | null;
}

/** By id, so that a page stays where it was while products are added. */
export const listProducts = queryHandler(catalog.list, {
  load({ input }) {
    const { limit, cursor = '', q, category } = input;
    const words = wordsOf(q ?? '');
    return { page: pageOf({ category, words }, limit, cursor) };
  },
  answer: ({ loaded: { page } }) => ({
    items: page.found.map(({ data }) => data),
    next: page.next,
  }),
});

function read(
  { category }: Sought,
  limit: number,
  after: string,
): Need<readonly Document<Product>[]> {
  const options = { limit, after };
  if (category === undefined) return every(products, options);
  return where(products, 'category', category, options);
}

/** Reads on until the page is full, the products are through, or it has looked at enough. */
function pageOf(sought: Sought, limit: number, cursor: string): Need<Page> {
  const isSearch = sought.words.length > 0;
  // One more than asked for says whether there is a next page.
  const size = isSearch ? READ_MAX : limit + 1;
  const from = (after: string, before: readonly Document<Product>[], reads: number): Need<Page> =>
    andThen(read(sought, size, after), (some) => {
      const found = [...before, ...some.filter(({ data }) => hasAll(data, sought.words))];
      const page = found.slice(0, limit);
      const seen = some.at(-1)?.id ?? after;
      if (found.length > limit) return known({ found: page, next: page.at(-1)?.id ?? null });
      if (some.length < size) return known({ found: page, next: null });
      if (reads >= READS_MAX) return known({ found: page, next: seen });
      return from(seen, found, reads + 1);
    });
  return from(cursor, [], 1);
}

/** A value that is at hand, where something to read is wanted. */
const known = <T>(value: T): Need<T> => map(one(products, ''), () => value);

const wordsOf = (text: string) =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

function hasAll({ name, description, category, sku }: Product, words: readonly string[]): boolean {
  const text = `${name} ${description} ${category} ${sku}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

export const readProduct = queryHandler(catalog.get, {
  load: ({ input }) => ({ product: one(products, input.id) }),
  answer({ input, loaded: { product } }) {
    if (!product) return refuse('PRODUCT_NOT_FOUND', { productId: input.id });
    return { ...product.data, revision: product.revision };
  },
});

export const readProductV2 = queryHandler(catalog.getV2, {
  load: ({ input }) => ({ product: one(products, input.id) }),
  answer({ input, loaded: { product } }) {
    if (!product) return refuse('PRODUCT_NOT_FOUND', { productId: input.id });
    const { category, ...facts } = product.data;
    return { ...facts, categories: [category], revision: product.revision };
  },
});
