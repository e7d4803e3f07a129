// What may happen to money? Each operation reads the ledger and says what would follow from it.
import type { Authorisation, LedgerEntry, LedgerStorage } from './ledger.ts';
import { behaviourOf } from './methods.ts';
import type { Operation } from './request.ts';

/** An answer, and what the ledger would have to remember for it to be true. */
export interface Outcome {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** The payment method concerned, whose behaviour applies. */
  readonly method?: string;
  /** Not kept under the key: a repeat is looked at afresh. */
  readonly transient?: true;
  readonly authorisation?: Authorisation;
  readonly entry?: Omit<LedgerEntry, 'seq' | 'at' | 'key'>;
  /** A key that must never be authorised from now on. */
  readonly tombstone?: string;
}

export const VOIDED = { code: 'VOIDED' } as const;

/** Decides one operation against the ledger as it is; changes nothing. */
export function decide(ledger: LedgerStorage, operation: Operation): Outcome {
  switch (operation.name) {
    case 'authorise':
      return authorise(ledger, operation);
    case 'capture':
      return capture(ledger.authorisation(operation.authorisation));
    case 'void':
      return voidOne(ledger.authorisation(operation.authorisation));
    case 'void-by-key':
      return voidByKey(ledger, operation.target);
    case 'refund':
      return refund(ledger, operation);
  }
}

function authorise(
  ledger: LedgerStorage,
  { amount, currency, method, reference }: Extract<Operation, { name: 'authorise' }>,
): Outcome {
  const money = { amount, currency, ...(reference !== undefined && { reference }) };
  const { declines } = behaviourOf(method);
  if (declines !== undefined) {
    const body = { code: 'PAYMENT_DECLINED', reason: declines };
    return { status: 402, body, entry: { kind: 'declined', authorisation: null, ...money } };
  }
  const id = `auth_${suffix(ledger)}`;
  return {
    status: 201,
    body: { id, status: 'authorised', amount, currency },
    method,
    authorisation: { id, status: 'authorised', ...money, method, refunded: 0 },
    entry: { kind: 'authorised', authorisation: id, ...money },
  };
}

function capture(found: Authorisation | undefined): Outcome {
  if (found === undefined) return notFound('AUTHORISATION_NOT_FOUND');
  const { id, status, amount, currency, method } = found;
  if (status !== 'authorised') return illegalState(found);
  return {
    status: 200,
    body: { id, status: 'captured', captureId: captureIdOf(id), amount, currency },
    method,
    authorisation: { ...found, status: 'captured' },
    entry: entryOf('captured', found, amount),
  };
}

/** A second void is no error and no second fact: the caller has what it wants. */
function voidOne(found: Authorisation | undefined): Outcome {
  if (found === undefined) return notFound('AUTHORISATION_NOT_FOUND');
  if (found.status === 'captured') return illegalState(found);
  const answer = { status: 200, body: { id: found.id, status: 'voided' }, method: found.method };
  if (found.status === 'voided') return answer;
  return {
    ...answer,
    authorisation: { ...found, status: 'voided' },
    entry: entryOf('voided', found, found.amount),
  };
}

/** For a caller that lost the answer: it knows its key and not whether it was heard. */
function voidByKey(ledger: LedgerStorage, target: string): Outcome {
  const made = ledger.operation(target);
  const absent = { status: 200, body: { status: 'absent' } };
  if (made === undefined) return { ...absent, tombstone: target };
  if (made.operation !== 'authorise' || made.status !== 201) return absent;
  const outcome = voidOne(ledger.authorisation(String(JSON.parse(made.body).id)));
  return outcome.status === 200 ? { ...outcome, body: { status: 'voided' } } : outcome;
}

function refund(
  ledger: LedgerStorage,
  { captureId, amount }: Extract<Operation, { name: 'refund' }>,
): Outcome {
  const found = ledger.authorisation(captureId.replace(/^cap_/, 'auth_'));
  if (found?.status !== 'captured' || captureId !== captureIdOf(found.id)) {
    return notFound('CAPTURE_NOT_FOUND');
  }
  const { currency, method } = found;
  if (found.refunded + amount > found.amount) {
    return { status: 409, body: { code: 'REFUND_EXCEEDS_CAPTURE' }, method };
  }
  const id = `ref_${suffix(ledger)}`;
  return {
    status: 201,
    body: { id, status: 'refunded', captureId, amount, currency },
    method,
    authorisation: { ...found, refunded: found.refunded + amount },
    entry: entryOf('refunded', found, amount),
  };
}

// An id is the number of the entry that made it. An authorisation is captured once, so its
// capture bears the same number.
const suffix = (ledger: LedgerStorage) => (ledger.lastSeq() + 1).toString(36).padStart(8, '0');
const captureIdOf = (authorisation: string) => authorisation.replace(/^auth_/, 'cap_');

const notFound = (code: string): Outcome => ({ status: 404, body: { code }, transient: true });

const illegalState = ({ status, method }: Authorisation): Outcome => ({
  status: 409,
  body: { code: 'ILLEGAL_STATE', state: status },
  method,
});

function entryOf(kind: LedgerEntry['kind'], of: Authorisation, amount: number) {
  const { id, currency, reference } = of;
  const entry = { kind, authorisation: id, amount, currency };
  return reference === undefined ? entry : { ...entry, reference };
}
