// How do the logs of till and ledger say what was done for whom?
import { SAGA_ENTRIES } from 'offshoot/saga';
import type { Entry } from 'offshoot/store';
import type { Reading } from '../windows.ts';
import { accounts, drawers, holds, payments, transfers } from './till-and-ledger.ts';

/** The collections of the harness by service. */
export const HARNESS_COLLECTIONS = {
  till: [payments, drawers, transfers],
  ledger: [holds, accounts],
} as const;

/** By the type of the ledger's entry. */
const STEPS: Readonly<Record<string, string>> = {
  'hold.held': 'hold forward',
  'hold.charged': 'charge forward',
  'hold.freed': 'hold back',
};
const SAGA = 'saga/';

const dataOf = ({ data }: Entry) => data as { readonly [field: string]: any };

export const harnessReading: Reading = {
  caller: 'till',
  callees: ['ledger'],
  requestOf({ type, stream }) {
    if (type !== 'payment.taken' && type !== 'transfer.accepted') return undefined;
    return stream.slice(stream.indexOf('/') + 1);
  },
  stepOf({ type, key }) {
    const step = STEPS[type];
    return step === undefined ? undefined : `${key} ${step}`;
  },
  journaledBy(entry) {
    if (entry.type !== SAGA_ENTRIES.step || !entry.stream.startsWith(SAGA)) return undefined;
    const { step, direction, outcome } = dataOf(entry);
    // An unknown outcome is a caller that has not heard: the effect is still on its own.
    if (outcome?.kind === 'unknown') return undefined;
    return `${entry.stream.slice(SAGA.length)} ${step} ${direction}`;
  },
  handledBy: (entry) => (entry.type === 'account.booked' ? dataOf(entry).event : undefined),
  isEvent: ({ type }) => type === 'payment.taken',
};

/** The same, but what other processes did than the one of this number says nothing. */
export function readingOf(life: () => number): Reading {
  const { requestOf, stepOf } = harnessReading;
  const isIts = (entry: Entry) => dataOf(entry).life === life();
  return {
    ...harnessReading,
    requestOf: (entry) => (isIts(entry) ? requestOf(entry) : undefined),
    stepOf: (entry) => (isIts(entry) ? stepOf(entry) : undefined),
  };
}
