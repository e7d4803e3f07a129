// What was answered to this key before? Pinned in decision record 0005.
import { isErased } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { Reply } from '../rpc/index.ts';
import type { Principal } from '../security/index.ts';
import { collection, type Document, type DocumentChange, put } from '../store/index.ts';

export interface ReplyRecord {
  /** Whose key seals the reply. */
  readonly subject: string;
  /** Keyed hash of the validated input. */
  readonly fingerprint: string;
  /** Of the input as it was sent, where that is another: two releases may validate it differently. */
  readonly sent?: string;
  readonly reply: Reply;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

const CLIENT_REPLY_MS = 24 * 3_600_000;
const SERVICE_REPLY_MS = 90 * 24 * 3_600_000;

/** Replies to people may hold personal data and secrets: sealed. Those to services do not. */
const personReplies = collection<ReplyRecord>('offshoot.person_replies', {
  personal: { subject: 'subject', fields: ['reply'] },
  ends: 'expires',
});
const serviceReplies = collection<ReplyRecord>('offshoot.service_replies', { ends: 'expires' });

export const REPLY_COLLECTIONS = [personReplies, serviceReplies] as const;

/** What tells one input from another. */
export interface Fingerprints {
  readonly fingerprint: string;
  readonly sent?: string;
}

export interface ReplySlot extends Fingerprints {
  readonly collection: typeof personReplies;
  readonly id: string;
  readonly subject: string;
  readonly lifeMs: number;
}

/** One key means one thing for one caller of one operation. */
export const replyId = (principal: Principal, operation: string, key: string) =>
  `${principal.name}|${operation}|${key}`;

/** Where the reply to this call is kept. */
export function replySlot(
  principal: Principal,
  operation: string,
  key: string,
  prints: Fingerprints,
): ReplySlot {
  const isService = principal.kind === 'service';
  return {
    collection: isService ? serviceReplies : personReplies,
    id: replyId(principal, operation, key),
    ...prints,
    subject: principal.id || 'offshoot:anonymous',
    lifeMs: isService ? SERVICE_REPLY_MS : CLIENT_REPLY_MS,
  };
}

/** The reply as a change that conflicts when a concurrent duplicate was faster. */
export function keepReply(
  slot: ReplySlot,
  reply: Reply,
  at: number,
  found: Document<ReplyRecord> | undefined,
): DocumentChange<ReplyRecord> {
  const { collection: into, id, fingerprint, sent, subject, lifeMs } = slot;
  const prints = sent === undefined ? { fingerprint } : { fingerprint, sent };
  const record = { subject, ...prints, reply, expires: at + lifeMs };
  return put(into, id, record, found?.revision ?? 0);
}

/** Whether it is the same input, by what was sent or by what a release made of it. */
const isSame = (one: Fingerprints, other: Fingerprints): boolean =>
  one.fingerprint === other.fingerprint ||
  (one.sent ?? one.fingerprint) === (other.sent ?? other.fingerprint);

/** The stored reply, if any. Throws IDEMPOTENCY_KEY_REUSED when the input was another. */
export function storedReply(
  slot: ReplySlot,
  found: Document<ReplyRecord> | undefined,
  at: number,
): Reply | undefined {
  if (!found || found.data.expires <= at) return undefined;
  if (!isSame(found.data, slot))
    throw new OffshootError(
      'IDEMPOTENCY_KEY_REUSED',
      'use a new Idempotency-Key for another input',
    );
  const { reply } = found.data;
  if (isErased(reply)) {
    const message = 'the answer to this Idempotency-Key was erased with its person; use a new key';
    throw new OffshootError('IDEMPOTENCY_KEY_REUSED', message);
  }
  return reply.kind === 'output' ? { ...reply, replayed: true } : reply;
}
