// Was every customer told every fact about their orders, and nothing that never happened?
import type { Final } from 'offshoot/simulation';
import { type Entry, every, type Need, type Store } from 'offshoot/store';
import { messageIdOf } from '../services/notifications/mail-port.ts';
import { notices, pending, recipients } from '../services/notifications/notice.ts';
import type { Arrival } from './simulated-mailbox.ts';

type Arrivals = ReadonlyMap<string, Arrival>;

const TOLD: ReadonlySet<string> = new Set(['order.confirmed', 'order.shipped', 'order.cancelled']);
const all = { limit: 10_000 };
const load = <T>(store: Store, need: Need<T>): T => store.load(need) as T;

/** By the Message-ID that their mail must have. */
function factsOf(log: readonly Entry[]): ReadonlyMap<string, Entry> {
  const facts = log.filter(({ type }) => TOLD.has(type));
  return new Map(facts.map((entry) => [messageIdOf(entry.id), entry]));
}

/**
 * Every violation, in words that name the id. A second copy of a mail is one only where nothing
 * failed: where hosts crash and answers get lost, SMTP can promise no more.
 */
export function mailViolations(final: Final, arrivals: Arrivals, isHealthy: boolean): string[] {
  const facts = factsOf(final.log('orders'));
  const { store } = final.service('notifications');
  const known = load(store, every(notices, all)).map(({ data }) => data);
  const outcomes = new Map(known.map(({ messageId, outcome }) => [messageId, outcome]));
  const found: string[] = [];
  for (const [messageId, { type, key }] of facts) {
    const outcome = outcomes.get(messageId);
    const what = `${type} of ${key}, mail ${messageId}`;
    if (outcome === undefined) found.push(`${what}: nobody knows what became of it`);
    if (outcome === 'sent' && !arrivals.has(messageId)) found.push(`${what}: it never arrived`);
  }
  for (const messageId of [...arrivals.keys(), ...outcomes.keys()])
    if (!facts.has(messageId)) found.push(`mail ${messageId} tells of no fact`);
  for (const { id } of load(store, every(pending, all)))
    found.push(`fact ${id} still waits for an address`);
  if (isHealthy) found.push(...repeats(arrivals));
  return [...found, ...strays(store, facts, arrivals)];
}

const repeats = (arrivals: Arrivals): string[] =>
  [...arrivals].flatMap(([messageId, { copies }]) =>
    copies === 1 ? [] : [`mail ${messageId} arrived ${copies} times, and nothing had failed`],
  );

/** Mails that went to somebody else, or that are about something else. */
function strays(store: Store, facts: ReadonlyMap<string, Entry>, arrivals: Arrivals): string[] {
  const people = new Map(load(store, every(recipients, all)).map(({ id, data }) => [id, data]));
  return [...arrivals].flatMap(([messageId, { to, subject }]) => {
    const fact = facts.get(messageId);
    const { customerId = '' } = (fact?.data ?? {}) as { customerId?: string };
    const isRight = people.get(customerId)?.email === to && subject.includes(fact?.key ?? '');
    return isRight ? [] : [`mail ${messageId} is not for the customer of ${fact?.key}`];
  });
}
