// What does the service remember: whom to write to, what waits for an address, what was sent?
import { ERASED, type Erased } from 'offshoot/contract';
import { append, collection, type DocumentChange, put, type UnitOfWork } from 'offshoot/store';
import { type NotificationKind, notifications } from '../../contracts/notifications.ts';
import type { Fact } from './letter.ts';
import { messageIdOf } from './mail-port.ts';

/** Sealed under the person's key. */
export interface Recipient {
  readonly userId: string;
  readonly name: string | Erased;
  readonly email: string | Erased;
}

export interface Notice {
  readonly userId: string;
  readonly orderId: string;
  readonly kind: NotificationKind;
  readonly messageId: string;
  readonly outcome: Outcome;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** `erased`: the person asked to be forgotten. `rejected`: the mail server will never take it. */
export type Outcome = 'sent' | 'rejected' | 'erased';

export const recipients = collection<Recipient>('recipients', {
  personal: { subject: 'userId', fields: ['name', 'email'] },
});
/** Facts whose customer's address has not arrived yet, by event id. */
export const pending = collection<Fact>('pending', { indexes: ['userId'] });
/** By event id, which is ordered in time. */
export const notices = collection<Notice>('notices', { indexes: ['userId'] });

export const forgotten = (userId: string): DocumentChange<Recipient> =>
  put(recipients, userId, { userId, name: ERASED, email: ERASED });

/** What became of telling one fact. Only a mail that was sent is told to others. */
export function told(fact: Fact, outcome: Outcome, at: number): Omit<UnitOfWork, 'reply'> {
  const { eventId, kind, orderId, userId } = fact;
  const messageId = messageIdOf(eventId);
  const notice: Notice = { userId, orderId, kind, messageId, outcome, at };
  const documents = [put(notices, eventId, notice, 0)];
  if (outcome !== 'sent') return { documents };
  const sent = notifications.events.sent({ userId, orderId, kind, messageId });
  return { documents, appends: [append(`notification/${eventId}`, [sent], 0)] };
}
