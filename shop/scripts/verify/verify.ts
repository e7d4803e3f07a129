// Does everything hold that the shop promises, once it has come to rest?

import { monolith } from '../../topologies/monolith.ts';
import { readMailbox } from '../evidence/mailbox.ts';
import type { StorePlaces } from '../evidence/stores.ts';
import { byteInvariants } from './byte-scan.ts';
import { deliveriesInvariant } from './deliveries.ts';
import { type Counts, countsOf, endingsInvariant } from './endings.ts';
import { readFacts } from './facts.ts';
import type { Invariant } from './invariant.ts';
import { mailsInvariant } from './mails.ts';
import { moneyInvariant } from './money.ts';
import { shipmentsInvariant } from './shipments.ts';
import { type Reader, settledSnapshot } from './snapshot.ts';
import { stockInvariant } from './stock.ts';

/** The figures of `verify --json`. */
export interface Verdict {
  readonly ok: boolean;
  /** Not everything came to rest in time; then other invariants may fail for that alone. */
  readonly unsettled: boolean;
  readonly counts: Counts;
  readonly invariants: readonly Invariant[];
}

export interface VerifyOptions extends StorePlaces {
  /** Where the payment provider is. */
  readonly provider: string;
  /** Where the mailbox is; undefined where none runs. */
  readonly mailbox: string | undefined;
  readonly canaries: readonly string[];
  readonly timeoutMs: number;
}

const WAITED_FOR_MAX = 5;

/** Reads, and changes nothing. */
export async function verify(options: VerifyOptions): Promise<Verdict> {
  const readers = subscriptions();
  const snapshot = await settledSnapshot({ ...options, readers });
  try {
    const facts = readFacts(snapshot);
    const mails = options.mailbox === undefined ? undefined : await readMailbox(options.mailbox);
    const invariants = [
      settled(snapshot.waitingFor),
      moneyInvariant(facts),
      stockInvariant(facts),
      endingsInvariant(facts),
      shipmentsInvariant(facts),
      deliveriesInvariant(facts, snapshot, readers),
      mailsInvariant(facts, snapshot.stores, mails),
      facts.log.whole(),
      ...byteInvariants(options.data, options.canaries, snapshot.stores),
    ];
    const ok = invariants.every((one) => one.ok);
    const unsettled = snapshot.waitingFor.length > 0;
    return { ok, unsettled, counts: countsOf(facts), invariants };
  } finally {
    snapshot.close();
  }
}

/** Who reads whose events: the one thing that no store says of itself. */
function subscriptions(): Reader[] {
  return [...monolith.services.values()].flatMap(({ name: consumer, subscriptions: all }) =>
    all.map(({ name, service: source }) => ({ consumer, name, source })),
  );
}

function settled(waitingFor: readonly string[]): Invariant {
  const name = 'everything is at rest';
  if (waitingFor.length === 0)
    return { name, ok: true, detail: 'no open saga, no waiting message, no reader behind' };
  const shown = waitingFor.slice(0, WAITED_FOR_MAX).join('; ');
  const more = waitingFor.length - WAITED_FOR_MAX;
  return { name, ok: false, detail: `unsettled: ${shown}${more > 0 ? ` (and ${more} more)` : ''}` };
}
