// How does a product change, and who hears of it?
import { refuse } from 'offshoot/contract';
import { commandHandler } from 'offshoot/service';
import { append, one, put } from 'offshoot/store';
import { catalog } from '../../contracts/catalog.ts';
import type { Money } from '../../contracts/money.ts';
import { type Product, products } from './product.ts';

const isSame = (one: Money, other: Money) =>
  one.amount === other.amount && one.currency === other.currency;

export const updateProduct = commandHandler(catalog.update, {
  load: ({ input }) => ({ product: one(products, input.id) }),
  decide({ input, loaded: { product } }) {
    const { id: productId, ifMatch } = input;
    if (!product) return refuse('PRODUCT_NOT_FOUND', { productId });
    const isCurrent = ifMatch.includes('*') || ifMatch.includes(String(product.revision));
    if (!isCurrent) return refuse('PRECONDITION_FAILED');
    const { data: before } = product;
    const { name = before.name, description = before.description } = input;
    const { category = before.category, price = before.price } = input;
    const data: Product = { ...before, name, description, category, price };
    const { id, ...facts } = data;
    const { price: previous } = before;
    const moved = isSame(price, previous)
      ? []
      : [catalog.events.price_changed({ productId, price, previous })];
    const events = [catalog.events.updated({ productId, ...facts }), ...moved];
    return {
      appends: [append(`product/${id}`, events)],
      documents: [put(products, id, data, product.revision)],
      reply: { ...data, revision: product.revision + 1 },
    };
  },
});
