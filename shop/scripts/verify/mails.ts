// Did each fact about an order become one mail, and no other mail go out?
import { messageIdOf } from '../../services/notifications/mail-port.ts';
import type { Mail } from '../evidence/mailbox.ts';
import type { Stores } from '../evidence/stores.ts';
import type { Facts } from './facts.ts';
import { findings, type Invariant } from './invariant.ts';

/** What customers are told by mail. */
export const TOLD = ['order.confirmed', 'order.shipped', 'order.cancelled'] as const;

const NAME = 'each fact has its mail';

/**
 * One distinct Message-ID for each fact; a second copy of the same mail is counted, since SMTP
 * delivers at least once. `mails` is undefined where no mailbox runs: nothing can be said then.
 */
export function mailsInvariant(
  facts: Facts,
  stores: Stores,
  mails: readonly Pick<Mail, 'messageId' | 'subject'>[] | undefined,
): Invariant {
  if (!mails) return { name: NAME, ok: true, detail: 'skipped: no mailbox runs on this data' };
  const found = findings();
  const withheld = withheldIn(stores);
  const copies = new Map<string, number>();
  for (const { messageId } of mails) copies.set(messageId, (copies.get(messageId) ?? 0) + 1);
  const expected = new Set<string>();
  for (const type of TOLD)
    for (const { id, key } of facts.log.events.get(type) ?? []) {
      const messageId = messageIdOf(id);
      expected.add(messageId);
      const isTold = copies.has(messageId) !== withheld.has(messageId);
      found.expect(isTold, () => `${type} ${id} of order ${key}: ${wrong(copies.has(messageId))}`);
    }
  for (const { messageId, subject } of mails)
    found.expect(
      expected.has(messageId),
      () => `mail ${messageId || '(without Message-ID)'} '${subject}' tells of no fact`,
    );
  const repeats = mails.length - copies.size;
  const told = `${copies.size} mails, ${repeats} repeats of the same mail, ${withheld.size} withheld`;
  return found.conclude(NAME, told);
}

const wrong = (arrived: boolean) => (arrived ? 'said to be withheld, and arrived' : 'no mail');

/** Mails that were not sent, and must not be: their reader was erased, or does not exist. */
function withheldIn(stores: Stores): ReadonlySet<string> {
  const notices = stores
    .get('notifications')
    ?.documents<{ messageId: string; outcome: string }>('notices');
  const kept = [...(notices ?? [])].filter(({ data }) => data.outcome !== 'sent');
  return new Set(kept.map(({ data }) => data.messageId));
}
