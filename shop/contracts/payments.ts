// How does money for an order get held, taken, or let go?
import { command, contract, event, fromService, refusal, role } from 'offshoot/contract';
import { z } from 'zod';
import { Id } from './field.ts';
import { USUAL } from './limit.ts';
import { Money } from './money.ts';
import { PaymentMethod } from './payment-method.ts';

const MINUTE_MS = 60_000;
/** The checkout's own deadline before its pivot is 10 minutes. */
const MIN_AGE_MS_DEFAULT = 15 * MINUTE_MS;
const MIN_AGE_MS_MAX = 90 * 24 * 60 * MINUTE_MS;
const REFERENCE_CHARACTERS_MAX = 128;

/**
 * How payments and the provider can differ about a charge:
 * - answer_lost: the provider did it by our key, and payments never heard
 * - left_open: money is still held for an order that is over
 * - not_given_back: money was taken for an order that is over
 * - not_at_provider: payments believes in something that the provider does not have
 * - amount_differs: not the payment's amount or currency, or given back in part
 * - stray_charge: for an order of ours, but not made by us
 * - not_ours: names no order that we know, and was not made by us
 * - contradicts: no order of events explains what both say
 */
export const DifferenceKind = z.enum([
  'answer_lost',
  'left_open',
  'not_given_back',
  'not_at_provider',
  'amount_differs',
  'stray_charge',
  'not_ours',
  'contradicts',
]);
export type DifferenceKind = z.output<typeof DifferenceKind>;

const Difference = z.object({
  /** `found` by a dry run; `unmended` is for a person; `in_flight` is left alone. */
  outcome: z.enum(['mended', 'found', 'in_flight', 'unmended']),
  kind: DifferenceKind,
  /** What mends it: payments writes it down, or the provider is asked for it. */
  action: z.enum(['record', 'void', 'refund', 'capture', 'none']),
  /** As the provider has it: '' when the charge names none. */
  orderId: z.string(),
  /** The order's status, or `unknown`. */
  order: z.string(),
  /** What payments says: a status, or `absent`. */
  payment: z.string(),
  /** What the provider says. */
  provider: z.enum(['none', 'held', 'captured', 'voided', 'refunded', 'partly_refunded']),
  amount: Money.nullable(),
  /** When the provider last moved this money; null when it knows of none. */
  since: z.string().nullable(),
});
export type Difference = z.output<typeof Difference>;

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
      asksOutside: true,
      access: fromService('orders'),
      criticality: 'critical',
    }),
    capture: command('POST /authorisations/{orderId}/capture', {
      summary: 'Take the money that is held',
      key: 'orderId',
      input: z.strictObject({ orderId: Id }),
      output: z.object({ captureId: z.string() }),
      refusals: { ILLEGAL_TRANSITION: IllegalTransition },
      asksOutside: true,
      access: fromService('orders'),
      criticality: 'critical',
    }),
    void: command('POST /authorisations/{orderId}/void', {
      summary: 'Let go of money that is held, or may be: also when nobody knows',
      key: 'orderId',
      input: z.strictObject({ orderId: Id }),
      output: z.object({ orderId: Id }),
      refusals: { ILLEGAL_TRANSITION: IllegalTransition },
      asksOutside: true,
      access: fromService('orders'),
      criticality: 'critical',
    }),
    refund: command('POST /captures/{orderId}/refund', {
      summary: 'Give back the money that was taken',
      key: 'orderId',
      input: z.strictObject({ orderId: Id }),
      output: z.object({ refundId: z.string() }),
      refusals: { ILLEGAL_TRANSITION: IllegalTransition },
      asksOutside: true,
      access: fromService('orders'),
      criticality: 'critical',
    }),
    reconcile: command('POST /reconcile', {
      summary: 'Find and mend what differs from the provider’s ledger, a page at a time',
      input: z.strictObject({
        /** Lists only: no money moves and no payment changes. */
        dryRun: z.boolean().default(false),
        /** What changed less than so many milliseconds ago is in flight. */
        minAgeMs: z.int().min(0).max(MIN_AGE_MS_MAX).default(MIN_AGE_MS_DEFAULT),
        /** `next` of the page before. */
        after: z.string().max(REFERENCE_CHARACTERS_MAX).default(''),
      }),
      output: z.object({
        differences: z.array(Difference),
        /** Orders that this page looked at. */
        examined: z.int(),
        /** null on the last page. May be what was sent: then the ledger has more to read first. */
        next: z.string().nullable(),
      }),
      access: role('admin'),
      criticality: 'sheddable',
      deadlineMs: 30_000,
      example: {
        input: { dryRun: true },
        output: { differences: [], examined: 200, next: '01936f40-1b2c-7e3d-8a4f-5b6c7d8e9fa0' },
      },
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
