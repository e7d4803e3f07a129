// Is everything there that was acknowledged, once, by whom it may be, and has it all ended?
import { sagas } from 'offshoot/saga';
import { type Collection, type Entry, START } from 'offshoot/store';
import type { Request } from '../clients.ts';
import type { Disk } from '../disk.ts';
import {
  accounts,
  drawers,
  holds,
  isRefused,
  payments,
  type Sum,
  type Total,
  transfers,
} from './till-and-ledger.ts';

/** What is wrong, a line each. */
export interface Faults {
  /** Acknowledged or recorded, and not there. */
  readonly lost: readonly string[];
  /** There more than once, or answered in two ways. */
  readonly doubled: readonly string[];
  /** Written by a process after another had taken its place. */
  readonly stale: readonly string[];
  /** Begun, and not ended though nothing was in the way. */
  readonly unfinished: readonly string[];
}

interface Books {
  readonly till: readonly Entry[];
  readonly ledger: readonly Entry[];
  documents<T>(service: string, of: Collection<T>): Promise<Map<string, T>>;
}

const ENDED: ReadonlySet<string> = new Set(['completed', 'compensated']);

type Found = { readonly [K in keyof Faults]: string[] };

export interface Asked {
  readonly requests: readonly Request[];
  /** Keys that were answered in two ways. */
  readonly contradictions: readonly string[];
  /** Several processes wrote at the same time: none of them was out of turn. */
  readonly areReplicas: boolean;
}

/** Asks the stores of a harness at rest. */
export async function faultsOf(
  disk: Disk,
  { requests, contradictions, areReplicas }: Asked,
): Promise<Faults> {
  const found: Found = { lost: [], doubled: [], stale: [], unfinished: [] };
  const [till, ledger] = await Promise.all([disk.entries('till'), disk.entries('ledger')]);
  const books: Books = { till, ledger, documents: disk.documents };
  found.doubled.push(...contradictions.map((id) => `${id} was answered in two ways`));
  for (const { input, answer } of requests)
    if (answer === undefined) found.unfinished.push(`${input.id} was never answered`);
  checkDense(found, books);
  if (!areReplicas) checkLives(found, books);
  await checkPayments(found, books, requests);
  await checkBookings(found, books);
  await checkTransfers(found, books, requests);
  return found;
}

/** Exactly `want`, or it is lost, or doubled. */
function expect(found: Found, what: string, is: number, want: number): void {
  if (is < want) found.lost.push(`${what}: ${is}, not ${want}`);
  if (is > want) found.doubled.push(`${what}: ${is}, not ${want}`);
}

const countOf = (entries: readonly Entry[], keyOf: (entry: Entry) => string | undefined) => {
  const counts = new Map<string, number>();
  for (const entry of entries) {
    const key = keyOf(entry);
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
};

function checkDense(found: Found, { till, ledger }: Books): void {
  for (const [name, log] of [['till', till] as const, ['ledger', ledger] as const]) {
    let last: number = START.seq;
    for (const { seq } of log) {
      if (seq !== last + 1) found.lost.push(`${name}: no entry ${last + 1}`);
      last = seq;
    }
  }
}

/** Processes take turns: an entry of an earlier one behind an entry of a later one is stale. */
function checkLives(found: Found, { till, ledger }: Books): void {
  for (const [name, log] of [['till', till] as const, ['ledger', ledger] as const]) {
    let latest = 0;
    for (const { seq, data } of log) {
      const { life } = (data ?? {}) as { life?: number };
      if (life === undefined) continue;
      if (life < latest) found.stale.push(`${name}: entry ${seq} of life ${life} after ${latest}`);
      latest = Math.max(latest, life);
    }
  }
}

async function checkPayments(
  found: Found,
  { till, documents }: Books,
  requests: readonly Request[],
): Promise<void> {
  const entries = countOf(till, ({ type, stream }) =>
    type === 'payment.taken' ? stream.slice('payment/'.length) : undefined,
  );
  const rows = await documents('till', payments);
  const asked = requests.filter(({ operation }) => operation === 'pay');
  for (const { input, answer } of asked) {
    const { id } = input;
    const row = rows.get(id);
    const want = answer !== undefined || row !== undefined ? 1 : 0;
    expect(found, `${id}: events`, entries.get(id) ?? 0, want);
    expect(found, `${id}: payments`, row?.times ?? 0, want);
    if (row && row.receipts === 0) found.unfinished.push(`${id} has no receipt`);
    if (row && row.receipts > 1) found.doubled.push(`${id} has ${row.receipts} receipts`);
  }
  const done = asked.filter(({ input: { id } }) => rows.has(id)).map(({ input }) => input);
  checkTotals(found, 'drawer', await documents('till', drawers), done);
}

function checkTotals(
  found: Found,
  what: string,
  totals: ReadonlyMap<string, Total>,
  sums: readonly Sum[],
): void {
  for (const name of new Set([...totals.keys(), ...sums.map(({ account }) => account)])) {
    const of = sums.filter(({ account }) => account === name);
    const { sum = 0, count = 0 } = totals.get(name) ?? {};
    expect(found, `${what} ${name}: count`, count, of.length);
    const want = of.reduce((all, { amount }) => all + amount, 0);
    if (count === of.length) expect(found, `${what} ${name}: sum`, sum, want);
  }
}

/** Every event is handled, once in effect. */
async function checkBookings(found: Found, { till, ledger, documents }: Books): Promise<void> {
  const events = till.filter(({ type }) => type === 'payment.taken');
  const booked = countOf(ledger, ({ type, data }) =>
    type === 'account.booked' ? (data as { event: string }).event : undefined,
  );
  for (const { id, seq } of events) expect(found, `event ${seq} handled`, booked.get(id) ?? 0, 1);
  const known = new Set(events.map(({ id }) => id));
  for (const id of booked.keys())
    if (!known.has(id)) found.lost.push(`event ${id} was handled, and is in no log`);
  const sums = events.map(({ data }) => data as Sum);
  checkTotals(found, 'account', await documents('ledger', accounts), sums);
}

async function checkTransfers(
  found: Found,
  { till, documents }: Books,
  requests: readonly Request[],
): Promise<void> {
  const entries = countOf(till, ({ type, key }) =>
    type === 'transfer.accepted' ? key : undefined,
  );
  const [rows, held, records] = await Promise.all([
    documents('till', transfers),
    documents('ledger', holds),
    documents('till', sagas),
  ]);
  for (const { operation, input, answer } of requests) {
    if (operation !== 'transfer') continue;
    const { id } = input;
    const row = rows.get(id);
    const want = answer !== undefined || row !== undefined ? 1 : 0;
    expect(found, `${id}: accepted`, entries.get(id) ?? 0, want);
    expect(found, `${id}: transfers`, row?.times ?? 0, want);
    const status = records.get(id)?.status;
    if (row && status === undefined) found.lost.push(`${id} has no saga`);
    if (status === undefined) continue;
    if (!ENDED.has(status)) {
      found.unfinished.push(`${id} is ${status}`);
      continue;
    }
    const isNo = isRefused(input);
    if (status !== (isNo ? 'compensated' : 'completed')) found.lost.push(`${id} ended ${status}`);
    expect(found, `${id}: ended`, row?.ended ?? 0, 1);
    const hold = held.get(id);
    expect(found, `${id}: held`, hold?.held ?? 0, 1);
    expect(found, `${id}: freed`, hold?.freed ?? 0, isNo ? 1 : 0);
    expect(found, `${id}: charged`, hold?.charged ?? 0, isNo ? 0 : 1);
  }
}
