// What do we need from a payment provider, and what must it promise?
import { outside } from 'offshoot/contract';
import { z } from 'zod';
import { PaymentMethod } from '../../contracts/payment-method.ts';

/** The provider cannot do it to money in this state; nothing happened. */
const Refused = z.object({ status: z.literal('refused'), state: z.string() });

/**
 * A repeat with the same key has no second effect. A decline is an answer; what is thrown is
 * about availability, and says nothing about whether it happened.
 */
export const provider = outside('provider', {
  idempotent: 'by-key',
  calls: {
    authorise: {
      input: z.object({
        amount: z.int(),
        currency: z.string(),
        method: PaymentMethod,
        /** The order, as it stands in the provider's ledger. */
        reference: z.string(),
      }),
      output: z.union([
        z.object({ status: z.literal('authorised'), id: z.string() }),
        z.object({ status: z.literal('declined'), reason: z.string() }),
      ]),
    },
    capture: {
      input: z.object({ authorisation: z.string() }),
      output: z.union([
        z.object({ status: z.literal('captured'), captureId: z.string() }),
        Refused,
      ]),
    },
    refund: {
      input: z.object({ captureId: z.string(), amount: z.int() }),
      output: z.union([z.object({ status: z.literal('refunded'), id: z.string() }), Refused]),
    },
    /** What it did, in its order: lines after the one numbered `after`. */
    ledger: {
      input: z.object({ after: z.int().min(0), limit: z.int().min(1) }),
      output: z.object({
        entries: z.array(
          z.object({
            seq: z.int(),
            at: z.string(),
            kind: z.enum(['authorised', 'declined', 'captured', 'voided', 'refunded']),
            authorisation: z.string().nullable(),
            /** Of the request that caused it. */
            key: z.string(),
            amount: z.int(),
            currency: z.string(),
            reference: z.string().optional(),
          }),
        ),
        /** null on the last page. */
        next: z.int().nullable(),
      }),
    },
    /** The id of the capture or refund that a key made. */
    made: { input: z.object({ key: z.string() }), output: z.object({ id: z.string() }) },
    /** By the key of the authorisation, which from then on can never be made. */
    void: {
      input: z.object({ key: z.string() }),
      output: z.union([z.object({ status: z.enum(['voided', 'absent']) }), Refused]),
    },
  },
});

/** What an order's calls to the provider are about: each key is `<this>/<call>`. */
export const aboutOrder = (orderId: string) => `order/${orderId}`;
export const authorisationKey = (orderId: string) => `${aboutOrder(orderId)}/authorise`;
