// How does an ordered thing get to its customer?
import {
  authenticated,
  command,
  contract,
  event,
  fromService,
  query,
  refusal,
  role,
} from 'offshoot/contract';
import { z } from 'zod';
import { Id, orErased } from './field.ts';
import { StockLine } from './inventory.ts';
import { USUAL } from './limit.ts';
import { Address } from './orders.ts';

export const ShipmentStatus = z.enum(['created', 'dispatched', 'delivered', 'cancelled']);
export type ShipmentStatus = z.output<typeof ShipmentStatus>;

const refusals = {
  ORDER_NOT_FOUND: refusal(404),
  ILLEGAL_TRANSITION: refusal(409, z.object({ from: ShipmentStatus, to: ShipmentStatus })),
};
const AboutOrder = z.strictObject({ orderId: Id });
const Outcome = z.object({ orderId: Id, status: ShipmentStatus });

/** An order has one shipment, whose id is the order's. */
export const shipping = contract('shipping', {
  version: 1,
  summary: 'Parcels on their way',
  noun: 'shipment',
  rateLimit: USUAL,
  operations: {
    get: query('GET /{orderId}', {
      summary: 'Where the things of an order are: your own, or anybody’s for administrators',
      input: z.object({ orderId: Id }),
      output: Outcome.extend({
        lines: z.array(StockLine),
        shippingAddress: orErased(Address).nullable(),
        createdAt: z.string(),
        updatedAt: z.string(),
      }),
      access: authenticated(),
      refusals: { ORDER_NOT_FOUND: refusal(404) },
    }),
    dispatch: command('POST /{orderId}/dispatch', {
      summary: 'It leaves the warehouse now, not when its time has come',
      key: 'orderId',
      input: AboutOrder,
      output: Outcome,
      refusals,
      access: fromService('inventory'),
    }),
    deliver: command('POST /{orderId}/deliver', {
      summary: 'It was handed over; refused until the order is known to be shipped',
      key: 'orderId',
      input: AboutOrder,
      output: Outcome,
      refusals,
      access: role('admin', 'carrier'),
    }),
  },
  events: {
    created: event({
      version: 1,
      key: 'orderId',
      data: z.object({ orderId: Id, customerId: Id, lines: z.array(StockLine) }),
    }),
    dispatched: event({ version: 1, key: 'orderId', data: z.object({ orderId: Id }) }),
    delivered: event({ version: 1, key: 'orderId', data: z.object({ orderId: Id }) }),
    /** `recalled`: it was on its way already. */
    cancelled: event({
      version: 1,
      key: 'orderId',
      data: z.object({ orderId: Id, recalled: z.boolean() }),
    }),
  },
});
