// What does the shop sell, and for how much?
import {
  anyone,
  command,
  contract,
  event,
  fromService,
  query,
  refusal,
  role,
} from 'offshoot/contract';
import { z } from 'zod';
import { Id, line, Sku } from './field.ts';
import { USUAL } from './limit.ts';
import { Money } from './money.ts';

const PRICE_MAX = 100_000_000;

const facts = {
  sku: Sku,
  name: line(160),
  description: z.string().max(2_000),
  category: line(60),
  price: Money.extend({ amount: z.int().min(0).max(PRICE_MAX) }),
};
const Product = z.object({ id: Id, ...facts });

const Quote = z.object({ productId: Id, sku: Sku, name: z.string(), price: Money });
export type Quote = z.output<typeof Quote>;

export const catalog = contract('catalog', {
  version: 1,
  rateLimit: USUAL,
  noun: 'product',
  at: 'products',
  operations: {
    list: query('GET /', {
      summary: 'Products, a page at a time',
      // From a query string, so a number arrives as text.
      input: z.object({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        /** `next` of the page before. */
        cursor: z.string().min(1).max(64).optional(),
      }),
      output: z.object({ items: z.array(Product), next: z.string().nullable() }),
      access: anyone(),
      criticality: 'sheddable',
    }),
    get: query('GET /{id}', {
      summary: 'One product',
      input: z.object({ id: Id }),
      output: Product,
      refusals: { PRODUCT_NOT_FOUND: refusal(404, z.object({ productId: Id })) },
      access: anyone(),
    }),
    quote: query('POST /quotes', {
      summary: 'What these products are called in the warehouse, and their prices now',
      input: z.strictObject({ productIds: z.array(Id).min(1).max(100) }),
      output: z.object({ quotes: z.array(Quote) }),
      refusals: { PRODUCT_NOT_FOUND: refusal(404, z.object({ productId: Id })) },
      access: fromService('orders'),
      criticality: 'critical',
    }),
    create: command('POST /', {
      summary: 'Add a product',
      input: z.strictObject(facts),
      output: z.object({ id: Id }),
      refusals: { SKU_TAKEN: refusal(409, z.object({ sku: Sku })) },
      access: role('admin'),
      status: 201,
      location: '/api/v1/products/{id}',
    }),
    seed: command('POST /seeds', {
      summary: 'Add those of these products that do not exist yet',
      input: z.strictObject({ products: z.array(Product).min(1).max(100) }),
      output: z.object({ created: z.int() }),
      access: fromService('catalog'),
    }),
  },
  events: {
    created: event({
      version: 1,
      key: 'productId',
      data: z.object({ productId: Id, ...facts }),
    }),
    /** All facts as they are now. */
    updated: event({
      version: 1,
      key: 'productId',
      data: z.object({ productId: Id, ...facts }),
    }),
    /** Beside `updated`, for those to whom only money matters. */
    price_changed: event({
      version: 1,
      key: 'productId',
      data: z.object({ productId: Id, price: Money, previous: Money }),
    }),
  },
});
