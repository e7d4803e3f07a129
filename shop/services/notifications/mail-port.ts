// What do we need from a mail server, and what must it promise?
import { outside } from 'offshoot/contract';
import { z } from 'zod';

/**
 * SMTP promises no more than this: a repeat is a second copy, which carries the same Message-ID.
 * What is thrown is about availability, and says nothing about whether it was sent.
 */
export const mail = outside('mail', {
  idempotent: 'at-least-once',
  deadlineMs: 5_000,
  calls: {
    send: {
      input: z.object({
        /** With its angle brackets. */
        messageId: z.string(),
        to: z.object({ name: z.string(), address: z.string() }),
        subject: z.string(),
        text: z.string(),
      }),
      /** `rejected`: nobody will ever take it; sending it again would not help. */
      output: z.object({ status: z.enum(['accepted', 'rejected']) }),
    },
  },
});

/** Unique in the world, and the same for every copy of what tells of one fact. */
export const messageIdOf = (eventId: string) => `<${eventId}@shop.offshoot.dev>`;
