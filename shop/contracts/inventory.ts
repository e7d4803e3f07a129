// How many of each thing are there, and who has a claim on them?
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

// An order has at most 100 lines of at most 1,000; here lines of one SKU have become one.
const ORDER_QUANTITY_MAX = 100_000;
const RESTOCK_QUANTITY_MAX = 10_000_000;

export const StockLine = z.object({ sku: Sku, quantity: z.int().min(1).max(ORDER_QUANTITY_MAX) });
export type StockLine = z.output<typeof StockLine>;
const Lines = z.array(StockLine).min(1).max(100);

/** available = initial + restocked - reserved - sold, and never below 0. */
const Stock = z.object({
  sku: Sku,
  available: z.int().min(0),
  reserved: z.int().min(0),
  sold: z.int().min(0),
  initial: z.int().min(0),
  restocked: z.int().min(0),
  location: z.string(),
});

const OutOfStock = z.object({ sku: Sku, available: z.int().min(0) });

export const inventory = contract('inventory', {
  version: 1,
  summary: 'How much of a thing there is',
  noun: 'inventory',
  rateLimit: USUAL,
  operations: {
    availability: query('POST /', {
      summary: 'Is there enough? Advice only: reserving is what counts',
      at: 'availability',
      input: z.strictObject({ items: Lines }),
      output: z.object({
        allAvailable: z.boolean(),
        missing: z.array(OutOfStock.extend({ requested: z.int() })),
      }),
      access: anyone(),
      criticality: 'sheddable',
      example: {
        input: { items: [{ sku: 'KIT-1042', quantity: 2 }] },
        output: { allAvailable: true, missing: [] },
      },
    }),
    stock: query('GET /stock/{sku}', {
      summary: 'How much there is of one thing, and where',
      input: z.object({ sku: Sku }),
      output: Stock,
      refusals: { PRODUCT_NOT_FOUND: refusal(404, z.object({ sku: Sku })) },
      access: anyone(),
    }),
    reserve: command('POST /reservations', {
      summary: 'Put all of these aside for an order, or none',
      key: 'orderId',
      input: z.strictObject({ orderId: Id, lines: Lines }),
      output: z.object({ reservationId: Id }),
      refusals: {
        OUT_OF_STOCK: refusal(409, OutOfStock),
        /** It was released before it was made: the order is over. */
        RESERVATION_CLOSED: refusal(409),
      },
      access: fromService('orders'),
      criticality: 'critical',
    }),
    release: command('POST /reservations/{orderId}/release', {
      summary: 'Put back what was set aside; also before it was',
      key: 'orderId',
      input: z.strictObject({ orderId: Id }),
      output: z.object({ reservationId: Id }),
      refusals: { ILLEGAL_TRANSITION: refusal(409, z.object({ status: z.string() })) },
      access: fromService('orders'),
      criticality: 'critical',
    }),
    restock: command('POST /stock/{sku}/restocks', {
      summary: 'More has arrived',
      key: 'sku',
      input: z.strictObject({ sku: Sku, quantity: z.int().min(1).max(RESTOCK_QUANTITY_MAX) }),
      output: z.object({ sku: Sku, available: z.int() }),
      refusals: { PRODUCT_NOT_FOUND: refusal(404, z.object({ sku: Sku })) },
      access: role('admin'),
    }),
    seedStock: command('POST /stock/seeds', {
      summary: 'Set the first stock of those things that have none yet',
      input: z.strictObject({
        items: z
          .array(
            z.strictObject({
              sku: Sku,
              quantity: z.int().min(0).max(RESTOCK_QUANTITY_MAX),
              location: line(60),
            }),
          )
          .min(1)
          .max(100),
      }),
      output: z.object({ created: z.int() }),
      access: fromService('inventory'),
    }),
  },
  events: {
    reserved: event({
      version: 1,
      key: 'orderId',
      data: z.object({ orderId: Id, lines: z.array(StockLine) }),
    }),
    reservation_failed: event({
      version: 1,
      key: 'orderId',
      data: z.object({ orderId: Id, sku: Sku, available: z.int() }),
    }),
    released: event({
      version: 1,
      key: 'orderId',
      data: z.object({ orderId: Id, lines: z.array(StockLine) }),
    }),
    restocked: event({
      version: 1,
      key: 'sku',
      data: z.object({ sku: Sku, quantity: z.int(), available: z.int() }),
    }),
  },
});
