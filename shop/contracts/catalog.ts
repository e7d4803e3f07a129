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
import { Id, line, page, Sku } from './field.ts';
import { USUAL } from './limit.ts';
import { Money } from './money.ts';

const PRICE_MAX = 100_000_000;
/** Looked at by everybody, changed by few; yesterday's price is better than no shop. */
const BROWSED = { maxAgeMs: 30_000, staleWhileMs: 30_000, staleIfErrorMs: 3_600_000 };

const facts = {
  sku: Sku,
  name: line(160),
  description: z.string().max(2_000),
  category: line(60),
  price: Money.extend({ amount: z.int().min(0).max(PRICE_MAX) }),
};
const Product = z.object({ id: Id, ...facts });
/** `revision` is the ETag: send it as If-Match with a change. */
const Read = Product.extend({ revision: z.int() });
const { sku: _, ...changeable } = facts;
const NotFound = refusal(404, z.object({ productId: Id }));

const example = {
  id: '01936f3e-8c5a-7d10-9f2b-3c4d5e6f7a8b',
  sku: 'KIT-1042',
  name: 'Enamel kettle',
  description: 'Two litres, whistles in F.',
  category: 'kitchen',
  price: { amount: 5_490, currency: 'EUR' },
};
const { id, ...exampleFacts } = example;
const { category, ...uncategorised } = example;

const Quote = z.object({ productId: Id, sku: Sku, name: z.string(), price: Money });
export type Quote = z.output<typeof Quote>;

export const catalog = contract('catalog', {
  version: 1,
  summary: 'What there is to buy',
  rateLimit: USUAL,
  noun: 'product',
  at: 'products',
  operations: {
    list: query('GET /', {
      summary: 'Products, a page at a time, of a category or with all of these words in them',
      input: z.object({
        ...page,
        /** Words, whatever their case. A page of a search may be short and still have a next one. */
        q: z.string().trim().min(1).max(100).optional(),
        category: z.string().min(1).max(60).optional(),
      }),
      output: z.object({ items: z.array(Product), next: z.string().nullable() }),
      access: anyone(),
      criticality: 'sheddable',
      cache: { ...BROWSED, dropOn: ['created', 'updated'] },
      example: { input: { q: 'kettle', limit: 20 }, output: { items: [example], next: null } },
    }),
    get: query('GET /{id}', {
      summary: 'One product, in one category',
      input: z.object({ id: Id }),
      output: Read,
      refusals: { PRODUCT_NOT_FOUND: NotFound },
      access: anyone(),
      etag: 'revision',
      cache: { ...BROWSED, dropOn: { updated: 'id' } },
      deprecated: {
        at: '2026-12-01',
        sunset: '2027-12-01',
        successor: '/api/v2/products/{id}',
      },
      example: { input: { id }, output: { ...example, revision: 1 } },
    }),
    getV2: query('GET /{id}', {
      summary: 'One product, in as many categories as it belongs to',
      version: 2,
      input: z.object({ id: Id }),
      output: Read.omit({ category: true }).extend({ categories: z.array(z.string()) }),
      refusals: { PRODUCT_NOT_FOUND: NotFound },
      access: anyone(),
      etag: 'revision',
      cache: { ...BROWSED, dropOn: { updated: 'id' } },
      example: {
        input: { id },
        output: { ...uncategorised, categories: [category], revision: 1 },
      },
    }),
    quote: query('POST /quotes', {
      summary: 'What these products are called in the warehouse, and their prices now',
      input: z.strictObject({ productIds: z.array(Id).min(1).max(100) }),
      output: z.object({ quotes: z.array(Quote) }),
      refusals: { PRODUCT_NOT_FOUND: NotFound },
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
      example: { input: exampleFacts, output: { id } },
    }),
    update: command('PATCH /{id}', {
      summary: 'Change a product; what is left out stays as it is',
      input: z.strictObject({
        id: Id,
        ...z.object(changeable).partial().shape,
        ifMatch: z.array(z.string().max(40)).max(10),
      }),
      output: Read,
      refusals: { PRODUCT_NOT_FOUND: NotFound, PRECONDITION_FAILED: refusal(412) },
      access: role('admin'),
      ifMatch: 'ifMatch',
      example: {
        input: { id, price: { amount: 4_990, currency: 'EUR' } },
        output: { ...example, price: { amount: 4_990, currency: 'EUR' }, revision: 2 },
      },
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
