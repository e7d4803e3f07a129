// What can be bought, and what is sure to be out of stock?
import { OffshootError } from 'offshoot/error';
import { LIMITED_EDITIONS } from '../../catalogue/index.ts';
import type { HttpClient } from './http-client.ts';

export interface Product {
  readonly id: string;
  readonly sku: string;
  readonly name: string;
  readonly category: string;
  readonly price: { readonly amount: number; readonly currency: string };
}

export interface Assortment {
  /** There is plenty of each. */
  readonly plenty: readonly Product[];
  /** So few of each, or none, that 1,000 of one can never be had. */
  readonly scarce: readonly Product[];
}

const PAGE = 100;
const PLENTY = 1_000;

/** Every product that the shop lists. */
export async function listProducts(http: HttpClient): Promise<Product[]> {
  const all: Product[] = [];
  for (let cursor = ''; ; ) {
    const query = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
    const { status, body } = await http.send('GET', `/api/v1/products?limit=${PAGE}${query}`);
    if (status !== 200)
      throw new OffshootError('BAD_UPSTREAM', `products were answered ${status}: ${body}`);
    const { items, next } = JSON.parse(body) as { items: Product[]; next: string | null };
    all.push(...items);
    if (next === null) return all;
    cursor = next;
  }
}

/** The products, told apart by what the warehouse says of them now. */
export async function assortment(http: HttpClient): Promise<Assortment> {
  const products = await listProducts(http);
  const short = new Set<string>();
  for (let at = 0; at < products.length; at += PAGE) {
    const items = products.slice(at, at + PAGE).map(({ sku }) => ({ sku, quantity: PLENTY }));
    const sending = { body: JSON.stringify({ items }) };
    const reply = await http.send('POST', '/api/v1/availability', sending);
    if (reply.status !== 200)
      throw new OffshootError('BAD_UPSTREAM', `availability was answered ${reply.status}`);
    const { missing } = JSON.parse(reply.body) as { missing: { sku: string }[] };
    for (const { sku } of missing) short.add(sku);
  }
  const isScarce = ({ sku, category }: Product) => short.has(sku) || category === LIMITED_EDITIONS;
  return {
    plenty: products.filter((one) => !isScarce(one)),
    scarce: products.filter(isScarce),
  };
}
