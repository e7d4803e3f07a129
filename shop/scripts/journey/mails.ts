// Which mails did the customer of one order get, and which are missing?
import { setTimeout as sleep } from 'node:timers/promises';
import { messageIdOf } from '../../services/notifications/mail-port.ts';
import type { RunningShop } from '../client/running-shop.ts';
import { type Mail, readMailbox } from '../evidence/mailbox.ts';
import { storeFiles } from '../evidence/store-file.ts';
import { TOLD } from '../verify/mails.ts';

export interface Mails {
  /** Oldest first. */
  readonly mails: readonly Pick<Mail, 'at' | 'messageId' | 'subject'>[];
  readonly mistakes: readonly string[];
}

const SETTLE_MS_MAX = 10_000;
const LOOK_MS = 50;

/** The order's mails; waits up to 10 s until there is one for each fact that calls for one. */
export async function localMails(
  { data, run }: NonNullable<RunningShop['local']>,
  correlation: string,
  orderId: string,
): Promise<Mails> {
  const { mailbox } = run;
  if (!mailbox) return { mails: [], mistakes: [] };
  const deadline = performance.now() + SETTLE_MS_MAX;
  for (;;) {
    const facts = factsOf(data, correlation, orderId);
    const all = (await readMailbox(mailbox.url)).filter(({ subject }) => subject.includes(orderId));
    const mistakes = facts.flatMap(({ type, messageId }) => {
      const count = all.filter((mail) => mail.messageId === messageId).length;
      return count === 1 ? [] : [`${count} mails about ${type}`];
    });
    if (mistakes.length === 0 || performance.now() >= deadline) {
      const mails = all.map(({ at, messageId, subject }) => ({ at, messageId, subject }));
      return { mails, mistakes };
    }
    await sleep(LOOK_MS);
  }
}

function factsOf(data: string, correlation: string, orderId: string) {
  const stores = storeFiles(data);
  try {
    const entries = stores.get('orders')?.correlated(correlation) ?? [];
    const told = entries.filter(({ type, key }) => key === orderId && isTold(type));
    return told.map(({ type, id }) => ({ type, messageId: messageIdOf(id) }));
  } finally {
    for (const store of stores.values()) store.close();
  }
}

const isTold = (type: string) => (TOLD as readonly string[]).includes(type);
