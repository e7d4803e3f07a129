// What could a customer like, going by what was bought so far?
import { anyone, authenticated, contract, query, refusal } from 'offshoot/contract';
import { z } from 'zod';
import { Id } from './field.ts';
import { USUAL } from './limit.ts';

/** So many are kept for a product, and so many at most are told. */
export const RECOMMENDATIONS_MAX = 20;

const Recommended = z.object({
  productId: Id,
  /** null until the product's facts have arrived here. */
  productName: z.string().nullable(),
  /** How many orders speak for it. */
  orders: z.int().min(1),
});

// From a query string, so a number arrives as text.
const limit = z.coerce.number().int().min(1).max(RECOMMENDATIONS_MAX).default(10);

export const recommendations = contract('recommendations', {
  version: 1,
  summary: 'What one might like',
  rateLimit: USUAL,
  noun: 'recommendation',
  operations: {
    forUser: query('GET /', {
      summary: 'What others bought with the things you bought; else what is bought most',
      input: z.object({ limit }),
      output: z.object({
        basis: z.enum(['bought_together', 'popular']),
        items: z.array(Recommended),
      }),
      access: authenticated(),
      criticality: 'sheddable',
    }),
    boughtTogether: query('GET /bought-together/{productId}', {
      summary: 'What was bought in one order with this product, most often first',
      input: z.object({ productId: Id, limit }),
      output: z.object({ items: z.array(Recommended) }),
      refusals: { PRODUCT_NOT_FOUND: refusal(404, z.object({ productId: Id })) },
      access: anyone(),
      criticality: 'sheddable',
    }),
  },
  events: {},
});
