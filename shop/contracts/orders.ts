// How is something ordered, and what became of it?
import {
  authenticated,
  command,
  contract,
  event,
  fromService,
  personal,
  query,
  refusal,
} from 'offshoot/contract';
import { z } from 'zod';
import { Id, line, orErased, Sku } from './field.ts';
import { perPerson, USUAL } from './limit.ts';
import { Money } from './money.ts';
import { PaymentMethod } from './payment-method.ts';

const ITEM_QUANTITY_MAX = 1_000;
const Quantity = z.int().min(1).max(ITEM_QUANTITY_MAX);

export const OrderStatus = z.enum(['pending', 'confirmed', 'shipped', 'delivered', 'cancelled']);
export type OrderStatus = z.output<typeof OrderStatus>;

export const Address = z.strictObject({
  name: line(120),
  street: line(160),
  city: line(120),
  postalCode: line(20),
  country: line(60),
});

/** What was ordered, in both languages: the catalogue's and the warehouse's. */
export const OrderItem = z.object({ productId: Id, sku: Sku, quantity: Quantity, price: Money });
export type OrderItem = z.output<typeof OrderItem>;
const Items = z.array(OrderItem).min(1).max(100);

const IllegalTransition = refusal(409, z.object({ from: OrderStatus, to: OrderStatus }));

const Outcome = z.object({ orderId: Id, status: OrderStatus });

/** An order in a list. */
const Summary = Outcome.extend({
  /** null until the customer's facts have arrived here. */
  customerName: orErased(z.string()).nullable(),
  itemCount: z.int().min(1),
  totalAmount: Money,
  createdAt: z.string(),
  updatedAt: z.string(),
});

const Count = z.int().min(0);
const Statistics = z.object({
  totalOrders: Count,
  byStatus: z.object({
    pending: Count,
    confirmed: Count,
    shipped: Count,
    delivered: Count,
    cancelled: Count,
  }),
  /** One sum a currency, of orders that were not cancelled. */
  totalAmount: z.array(Money),
  /** null before the first order. */
  firstOrderAt: z.string().nullable(),
  lastOrderAt: z.string().nullable(),
});

export const orders = contract('orders', {
  version: 1,
  summary: 'What somebody ordered, and what became of it',
  noun: 'order',
  rateLimit: USUAL,
  operations: {
    place: command('POST /', {
      summary: 'Order something; the answer comes before stock and money are settled',
      input: z.strictObject({
        items: z
          .array(z.strictObject({ productId: Id, quantity: Quantity }))
          .min(1)
          .max(100),
        shippingAddress: Address,
        payment: z.strictObject({ method: PaymentMethod }),
      }),
      output: Outcome,
      access: authenticated(),
      refusals: {
        PRODUCT_NOT_FOUND: refusal(404, z.object({ productId: Id })),
        USER_BLOCKED: refusal(403),
      },
      idempotencyKey: 'required',
      rateLimit: perPerson(600),
      criticality: 'critical',
      status: 202,
      location: '/api/v1/orders/{orderId}',
      example: {
        input: {
          items: [{ productId: '01936f3e-8c5a-7d10-9f2b-3c4d5e6f7a8b', quantity: 2 }],
          shippingAddress: {
            name: 'Ada Byron',
            street: '12 Larkspur Lane',
            city: 'Marlow Quay',
            postalCode: 'MQ1 2AB',
            country: 'GB',
          },
          payment: { method: 'pm_card_visa' },
        },
        output: { orderId: '01936f40-1b2c-7e3d-8a4f-5b6c7d8e9fa0', status: 'pending' },
      },
    }),
    list: query('GET /', {
      summary: 'Your orders, newest first, a page at a time',
      // From a query string, so a number arrives as text.
      input: z.object({
        status: OrderStatus.optional(),
        /** Somebody else's: for administrators. */
        customerId: Id.optional(),
        limit: z.coerce.number().int().min(1).max(100).default(20),
        /** `next` of the page before. */
        cursor: Id.optional(),
      }),
      output: z.object({ items: z.array(Summary), next: z.string().nullable() }),
      access: authenticated(),
      refusals: { FORBIDDEN: refusal(403) },
    }),
    statistics: query('GET /statistics', {
      summary: 'What you have ordered so far, in numbers',
      input: z.object({}),
      output: Statistics,
      access: authenticated(),
    }),
    get: query('GET /{orderId}', {
      summary: 'One of your own orders',
      input: z.object({ orderId: Id }),
      output: z.object({
        orderId: Id,
        status: OrderStatus,
        /** null until the customer's facts have arrived here; likewise the products' names. */
        customerName: orErased(z.string()).nullable(),
        items: z.array(
          z.object({
            productId: Id,
            productName: z.string().nullable(),
            quantity: z.int(),
            price: Money,
          }),
        ),
        totalAmount: Money,
        /** Why it was cancelled: a code. */
        reason: z.string().optional(),
        createdAt: z.string(),
        updatedAt: z.string(),
      }),
      access: authenticated(),
      refusals: { ORDER_NOT_FOUND: refusal(404) },
    }),
    status: query('GET /{orderId}/status', {
      summary: 'How far an order has come',
      input: z.object({ orderId: Id }),
      output: Outcome.extend({ updatedAt: z.string() }),
      refusals: { ORDER_NOT_FOUND: refusal(404) },
      access: fromService('inventory', 'shipping', 'payments'),
      criticality: 'critical',
    }),
    cancel: command('POST /{orderId}/cancel', {
      summary: 'Change your mind, until it is shipped; a pending order ends a moment later',
      access: authenticated(),
      key: 'orderId',
      input: z.strictObject({ orderId: Id }),
      output: Outcome,
      refusals: { ORDER_NOT_FOUND: refusal(404), ILLEGAL_TRANSITION: IllegalTransition },
      criticality: 'critical',
      status: 202,
    }),
    confirm: command('POST /{orderId}/confirm', {
      summary: 'Stock is set aside and money is taken: the order stands',
      key: 'orderId',
      input: z.strictObject({ orderId: Id }),
      output: Outcome,
      refusals: { ORDER_NOT_FOUND: refusal(404), ILLEGAL_TRANSITION: IllegalTransition },
      access: fromService('orders'),
      criticality: 'critical',
    }),
  },
  events: {
    created: event({
      version: 1,
      key: 'orderId',
      data: z.object({
        orderId: Id,
        customerId: Id,
        items: Items,
        total: Money,
        shippingAddress: orErased(Address),
        paymentMethod: PaymentMethod,
      }),
      personal: personal('customerId', ['shippingAddress']),
    }),
    confirmed: event({
      version: 1,
      key: 'orderId',
      data: z.object({ orderId: Id, customerId: Id, items: Items, total: Money }),
    }),
    shipped: event({ version: 1, key: 'orderId', data: z.object({ orderId: Id, customerId: Id }) }),
    delivered: event({
      version: 1,
      key: 'orderId',
      data: z.object({ orderId: Id, customerId: Id }),
    }),
    /** `reason`: CUSTOMER, or the code of what the checkout failed on. */
    cancelled: event({
      version: 1,
      key: 'orderId',
      data: z.object({ orderId: Id, customerId: Id, reason: z.string() }),
    }),
  },
});
