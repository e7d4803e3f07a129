// How is a customer told one fact?
import { isErased } from 'offshoot/contract';
import type { Reach } from 'offshoot/store';
import { type Fact, letter } from './letter.ts';
import { mail, messageIdOf } from './mail-port.ts';
import type { Outcome, Recipient } from './notice.ts';

/** Sends the mail, unless its reader was erased. Throws when nobody knows whether it went out. */
export async function send(
  reach: Reach,
  fact: Fact,
  { name, email }: Pick<Recipient, 'name' | 'email'>,
): Promise<Outcome> {
  if (isErased(email)) return 'erased';
  const known = isErased(name) ? '' : name;
  const { status } = await reach.outside(mail, `mail/${fact.eventId}`).send({
    messageId: messageIdOf(fact.eventId),
    to: { name: known, address: email },
    ...letter(fact, known),
  });
  return status === 'accepted' ? 'sent' : 'rejected';
}
