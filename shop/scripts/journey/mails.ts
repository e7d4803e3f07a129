// Which mails did the customer of one order get, which are missing, and which should not be?
import { setTimeout as sleep } from 'node:timers/promises';
import { messageIdOf } from '../../services/notifications/mail-port.ts';
import type { RunningShop } from '../client/running-shop.ts';
import { type Mail, readMailbox } from '../evidence/mailbox.ts';
import { openStores } from '../evidence/stores.ts';
import { TOLD } from '../verify/mails.ts';
import type { Ending } from './ending.ts';

export interface Mails {
  /** Oldest first. */
  readonly mails: readonly Pick<Mail, 'at' | 'messageId' | 'subject'>[];
  readonly mistakes: readonly string[];
}

/** A fact of which customers are told. */
interface Fact {
  readonly type: string;
  readonly messageId: string;
}

type Kept = Pick<Mail, 'messageId' | 'subject'>;

const SETTLE_MS_MAX = 10_000;
const LOOK_MS = 50;

/** The order's mails; waits up to 10 s until each fact of its ending has one, and no other has. */
export async function localMails(
  { data, run }: NonNullable<RunningShop['local']>,
  { correlation, orderId }: { readonly correlation: string; readonly orderId: string },
  ending: Ending,
): Promise<Mails> {
  const { mailbox } = run;
  if (!mailbox) return { mails: [], mistakes: [] };
  const deadline = performance.now() + SETTLE_MS_MAX;
  for (;;) {
    // Facts come before their mails, so each mail of a fact finds it when read in this order.
    const all = (await readMailbox(mailbox.url)).filter(({ subject }) => subject.includes(orderId));
    const mistakes = mailMistakes(ending, await factsOf(data, correlation, orderId), all);
    if (mistakes.length === 0 || performance.now() >= deadline) {
      const mails = all.map(({ at, messageId, subject }) => ({ at, messageId, subject }));
      return { mails, mistakes };
    }
    await sleep(LOOK_MS);
  }
}

/** What is wrong with an order's mails, given what of it was to be told. */
export function mailMistakes(
  { told, mayBeTold }: Pick<Ending, 'told' | 'mayBeTold'>,
  facts: readonly Fact[],
  mails: readonly Kept[],
): string[] {
  const allowed = facts.filter(({ type }) => told.includes(type) || mayBeTold.includes(type));
  const ofFact = (messageId: string) => mails.filter((mail) => mail.messageId === messageId);
  const missing = told.flatMap((type) => {
    const count = facts.flatMap((fact) =>
      fact.type === type ? ofFact(fact.messageId) : [],
    ).length;
    return count === 1 ? [] : [`${count} mails about ${type}`];
  });
  const unfit = facts.filter((fact) => !allowed.includes(fact)).map(({ type }) => `it was ${type}`);
  const foreign = mails
    .filter((mail) => !allowed.some(({ messageId }) => messageId === mail.messageId))
    .map(({ subject }) => `the mail '${subject}' should not have been sent`);
  return [...missing, ...unfit, ...foreign];
}

async function factsOf(data: string, correlation: string, orderId: string): Promise<Fact[]> {
  const stores = await openStores({ data });
  try {
    const entries = stores.get('orders')?.correlated(correlation) ?? [];
    const found = entries.filter(({ type, key }) => key === orderId && isTold(type));
    return found.map(({ type, id }) => ({ type, messageId: messageIdOf(id) }));
  } finally {
    for (const store of stores.values()) store.close();
  }
}

const isTold = (type: string) => (TOLD as readonly string[]).includes(type);
