// What is a product, and how does one come into being?
import { append, collection, put, type UnitOfWork } from 'offshoot/store';
import { catalog } from '../../contracts/catalog.ts';
import type { Money } from '../../contracts/money.ts';

export interface Product {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly description: string;
  readonly category: string;
  /** Per piece. */
  readonly price: Money;
}

export const products = collection<Product>('products', { indexes: ['sku', 'category'] });

/** The parts of a unit of work that add these products. */
export function added(
  all: readonly Product[],
): Required<Pick<UnitOfWork, 'appends' | 'documents'>> {
  return {
    appends: all.map(({ id, ...facts }) =>
      append(`product/${id}`, [catalog.events.created({ productId: id, ...facts })], 0),
    ),
    documents: all.map((product) => put(products, product.id, product, 0)),
  };
}
