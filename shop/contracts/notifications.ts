// What is a customer told by mail, and what was told already?
import { authenticated, contract, event, query } from 'offshoot/contract';
import { z } from 'zod';
import { Id } from './field.ts';
import { USUAL } from './limit.ts';

/** What a mail is about: the fact's own name. */
export const NotificationKind = z.enum(['order.confirmed', 'order.shipped', 'order.cancelled']);
export type NotificationKind = z.output<typeof NotificationKind>;

const MessageId = z.string().min(3).max(200);

export const notifications = contract('notifications', {
  version: 1,
  summary: 'What the shop wrote to whom',
  rateLimit: USUAL,
  noun: 'notification',
  operations: {
    list: query('GET /', {
      summary: 'Mails that were sent to you, newest first, a page at a time',
      // From a query string, so a number arrives as text.
      input: z.object({
        limit: z.coerce.number().int().min(1).max(100).default(20),
        /** `next` of the page before. */
        cursor: Id.optional(),
      }),
      output: z.object({
        items: z.array(
          z.object({
            id: Id,
            kind: NotificationKind,
            orderId: Id,
            messageId: MessageId,
            sentAt: z.string(),
          }),
        ),
        next: z.string().nullable(),
      }),
      access: authenticated(),
      criticality: 'sheddable',
    }),
  },
  events: {
    /** The mail server has taken it. `messageId` is made of the id of the fact it tells of. */
    sent: event({
      version: 1,
      key: 'userId',
      data: z.object({
        userId: Id,
        orderId: Id.optional(),
        kind: NotificationKind,
        messageId: MessageId,
      }),
    }),
  },
});
