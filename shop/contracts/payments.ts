// How does money for an order get held, taken, or let go?
import { command, contract, event, fromService, refusal } from 'offshoot/contract';
import { z } from 'zod';
import { Id } from './field.ts';
import { USUAL } from './limit.ts';
import { Money } from './money.ts';
import { PaymentMethod } from './payment-method.ts';

const IllegalTransition = refusal(409, z.object({ status: z.string() }));

export const payments = contract('payments', {
  version: 1,
  summary: 'Money, kept right with the payment provider',
  noun: 'payment',
  rateLimit: USUAL,
  operations: {
    authorise: command('POST /authorisations', {
      summary: 'Hold the money for an order',
      key: 'orderId',
      input: z.strictObject({ orderId: Id, amount: Money, method: PaymentMethod }),
      output: z.object({ authorisationId: z.string() }),
      refusals: { PAYMENT_DECLINED: refusal(402, z.object({ reason: z.string() })) },
      access: fromService('orders'),
      criticality: 'critical',
    }),
    capture: command('POST /authorisations/{orderId}/capture', {
      summary: 'Take the money that is held',
      key: 'orderId',
      input: z.strictObject({ orderId: Id }),
      output: z.object({ captureId: z.string() }),
      refusals: { ILLEGAL_TRANSITION: IllegalTransition },
      access: fromService('orders'),
      criticality: 'critical',
    }),
    void: command('POST /authorisations/{orderId}/void', {
      summary: 'Let go of money that is held, or may be: also when nobody knows',
      key: 'orderId',
      input: z.strictObject({ orderId: Id }),
      output: z.object({ orderId: Id }),
      refusals: { ILLEGAL_TRANSITION: IllegalTransition },
      access: fromService('orders'),
      criticality: 'critical',
    }),
    refund: command('POST /captures/{orderId}/refund', {
      summary: 'Give back the money that was taken',
      key: 'orderId',
      input: z.strictObject({ orderId: Id }),
      output: z.object({ refundId: z.string() }),
      refusals: { ILLEGAL_TRANSITION: IllegalTransition },
      access: fromService('orders'),
      criticality: 'critical',
    }),
  },
  events: {
    authorised: event({
      version: 1,
      key: 'orderId',
      data: z.object({ orderId: Id, authorisationId: z.string(), amount: Money }),
    }),
    processed: event({
      version: 1,
      key: 'orderId',
      data: z.object({ orderId: Id, captureId: z.string(), amount: Money }),
    }),
    refunded: event({
      version: 1,
      key: 'orderId',
      data: z.object({ orderId: Id, refundId: z.string(), amount: Money }),
    }),
    failed: event({
      version: 1,
      key: 'orderId',
      data: z.object({ orderId: Id, reason: z.string() }),
    }),
  },
});
