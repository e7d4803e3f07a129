// What does the provider say about the money of an order? Its ledger, added up line by line.
import type { OutsideOutput } from 'offshoot/contract';
import { collection } from 'offshoot/store';
import { authorisationKey, type provider } from './provider-port.ts';

export type LedgerLine = OutsideOutput<typeof provider.calls.ledger>['entries'][number];

/** Money that was held once, and what became of it. */
export interface Charge {
  /** The provider's id. */
  readonly authorisation: string;
  /** The idempotency key that made it. */
  readonly key: string;
  readonly amount: number;
  readonly currency: string;
  readonly state: 'held' | 'captured' | 'voided';
  /** Minor units that were given back. */
  readonly refunded: number;
  /** The keys that took it and gave it back; '' before. */
  readonly captureKey: string;
  readonly refundKey: string;
  /** When it last changed, ISO 8601. */
  readonly at: string;
}

/** Its id is the order's, or the authorisation's where a charge names no order. */
export interface Statement {
  /** '' where the charge names no order. */
  readonly orderId: string;
  /** Statements of another reading of the ledger than the present one are void. */
  readonly reading: number;
  /** The last line that it has taken in. */
  readonly seq: number;
  readonly charges: readonly Charge[];
}

/** How far the ledger was read, and by which line it is known again. */
export interface Reading {
  /** Counts the times that it was begun from the start. */
  readonly number: number;
  readonly seq: number;
  readonly key: string;
}

export const statements = collection<Statement>('statements');
export const readings = collection<Reading>('readings');

const LEDGER = 'ledger';
export const readingId = LEDGER;
export const FIRST_READING: Reading = { number: 1, seq: 0, key: '' };

export const statementIdOf = ({ reference, authorisation }: LedgerLine): string =>
  reference || (authorisation ?? '');

/** Whether a charge was made by us for the order it names. */
export const isOwn = (orderId: string, { key }: Charge) => key === authorisationKey(orderId);

/** Whether no money of it is held or taken any more. */
export const isClosed = ({ state, amount, refunded }: Charge) =>
  state === 'voided' || (state === 'captured' && refunded >= amount);

/**
 * The statement after one more line. A line that it has taken in already changes nothing, so the
 * same page may be read twice. Charges that are not ours and closed are forgotten.
 */
export function withLine(before: Statement | undefined, line: LedgerLine, reading: number) {
  const orderId = line.reference ?? '';
  const fresh: Statement = { orderId, reading, seq: 0, charges: [] };
  const statement = before?.reading === reading ? before : fresh;
  if (line.seq <= statement.seq) return statement;
  const charges = chargesAfter(statement.charges, line);
  const kept = charges.filter((one) => isOwn(orderId, one) || !isClosed(one));
  return { ...statement, seq: line.seq, charges: kept };
}

function chargesAfter(charges: readonly Charge[], line: LedgerLine): readonly Charge[] {
  const { kind, authorisation, key, amount, currency, at } = line;
  if (kind === 'declined' || authorisation === null) return charges;
  if (kind === 'authorised') {
    const held = { authorisation, key, amount, currency, state: 'held', at } as const;
    return [...charges, { ...held, refunded: 0, captureKey: '', refundKey: '' }];
  }
  return charges.map((one) => (one.authorisation === authorisation ? changed(one, line) : one));
}

function changed(charge: Charge, { kind, key, amount, at }: LedgerLine): Charge {
  switch (kind) {
    case 'captured':
      return { ...charge, state: 'captured', captureKey: key, at };
    case 'voided':
      return { ...charge, state: 'voided', at };
    case 'refunded':
      return { ...charge, refunded: charge.refunded + amount, refundKey: key, at };
    default:
      return charge;
  }
}
