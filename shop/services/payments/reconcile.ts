// Do our payments and the provider's ledger say the same, and if not, how does it become true?
import { isoTime } from 'offshoot/runtime';
import { commandHandler } from 'offshoot/service';
import { type Document, every, many, type Reach } from 'offshoot/store';
import { orders } from '../../contracts/orders.ts';
import { type Difference, payments } from '../../contracts/payments.ts';
import { atProvider, believedOf, differences, type Finding, isOver } from './difference.ts';
import {
  byStatement,
  currentReading,
  type LedgerPage,
  neededFor,
  nextLedgerPage,
  takenIn,
  withLines,
} from './ledger-page.ts';
import { mended } from './mend.ts';
import { type Payment, paymentsByOrder } from './payment.ts';
import { type Move, moved } from './payment-move.ts';
import { FIRST_READING, type Statement, statements } from './statement.ts';

const ORDERS_MAX = 200;
const AT_ONCE = 20;
const ORDER_ID_CHARACTERS_MAX = 64;

/** An order with both sides as they were read. */
interface Pair {
  readonly orderId: string;
  readonly payment: Document<Payment> | undefined;
  readonly statement: Statement | undefined;
}

/** A difference, what is said of it, and the steps that payments has to take. */
interface Row {
  readonly pair: Pair;
  readonly difference: Difference;
  readonly moves: readonly Move[];
}

/**
 * Each call reads a page of the ledger on; once all is read it compares a page of orders. The
 * payments are read before the end of the ledger is, so that whatever they say the ledger has
 * said before. Whoever calls follows `next`.
 */
export const reconcile = commandHandler(payments.reconcile, {
  async prepare({ input, at }, reach) {
    const { after } = input;
    const all = { limit: ORDERS_MAX, after };
    const ours = await reach.read(every(paymentsByOrder, all));
    const reading = (await reach.read(currentReading()))?.data ?? FIRST_READING;
    const theirs = await reach.read(every(statements, all));
    const page = await nextLedgerPage(reading, reach);
    if (!page.isLast) return { page, rows: [], examined: 0, next: after };
    const { pairs, next } = paired(ours, theirs, page, after);
    const settledBy = input.minAgeMs === 0 ? undefined : isoTime(at - input.minAgeMs);
    const judge = (pair: Pair) => judged(pair, { ...input, settledBy }, reach);
    const rows: Row[] = [];
    for (let from = 0; from < pairs.length; from += AT_ONCE)
      rows.push(...(await Promise.all(pairs.slice(from, from + AT_ONCE).map(judge))).flat());
    return { page, rows, examined: pairs.length, next };
  },
  load: ({ prepared: { page, rows } }) => ({
    ...neededFor(page),
    found: many(
      paymentsByOrder,
      rows.map(({ pair }) => pair.orderId),
    ),
  }),
  decide({ prepared: { page, rows, examined, next }, loaded: { found, ...loaded } }) {
    const decided = rows.map((row, index) => written(row, found[index]));
    return {
      appends: decided.flatMap(({ unit }) => unit?.appends ?? []),
      documents: [
        ...takenIn(page, loaded),
        ...decided.flatMap(({ unit }) => unit?.documents ?? []),
      ],
      reply: { differences: decided.map(({ difference }) => difference), examined, next },
    };
  },
});

/**
 * The moves of a row, unless its payment has moved since it was looked at: then it lives, and what
 * the provider refused was asked in vain.
 */
function written({ pair, difference, moves: [first, ...more] }: Row, found?: Document<Payment>) {
  const isSame = found?.revision === pair.payment?.revision;
  if (!isSame && (first || difference.outcome === 'unmended'))
    return { difference: { ...difference, outcome: 'in_flight' as const } };
  if (!first) return { difference };
  return { difference, unit: moved(found, first, ...more) };
}

const byBytes = (one: string, other: string) =>
  Buffer.compare(Buffer.from(one), Buffer.from(other));

/** Both sides by order, as far as both were read; `next` is where the following page begins. */
function paired(
  ours: readonly Document<Payment>[],
  theirs: readonly Document<Statement>[],
  page: LedgerPage,
  after: string,
): { pairs: Pair[]; next: string | null } {
  const ends = [ours, theirs].flatMap((side) =>
    side.length < ORDERS_MAX ? [] : [side.at(-1)!.id],
  );
  const [end = null] = ends.sort(byBytes);
  const isHere = (id: string) => byBytes(id, after) > 0 && (end === null || byBytes(id, end) <= 0);
  const payment = new Map(ours.map((one) => [one.id, one]));
  const statement = new Map(theirs.map((one) => [one.id, one.data]));
  const lines = byStatement(page);
  const ids = new Set([...payment.keys(), ...statement.keys(), ...lines.keys()].filter(isHere));
  const pairs = [...ids].sort(byBytes).map((orderId) => {
    const said = withLines(statement.get(orderId), lines.get(orderId) ?? [], page.reading);
    return { orderId, payment: payment.get(orderId), statement: said };
  });
  return { pairs, next: end };
}

interface Rules {
  readonly dryRun: boolean;
  /** What changed after it is in flight; undefined = nothing is too young. */
  readonly settledBy: string | undefined;
}

type OrderSeen = Awaited<ReturnType<typeof orderSeen>>;

async function judged(pair: Pair, rules: Rules, reach: Reach): Promise<Row[]> {
  const { orderId, payment, statement } = pair;
  if (isOver(payment?.data, statement)) return [];
  const order = await orderSeen(orderId, reach);
  const rows: Row[] = [];
  for (const finding of differences(payment?.data, statement, order.status))
    rows.push(await treated(pair, finding, { order, rules, reach }));
  return rows;
}

async function orderSeen(orderId: string, reach: Reach) {
  const unknown = { status: 'unknown', updatedAt: '' } as const;
  if (orderId.length > ORDER_ID_CHARACTERS_MAX) return unknown;
  const order = await reach.ask(orders.status, { orderId });
  return 'refusal' in order ? unknown : order;
}

async function treated(
  pair: Pair,
  finding: Finding,
  { order, rules, reach }: { order: OrderSeen; rules: Rules; reach: Reach },
): Promise<Row> {
  const { orderId, payment: found, statement } = pair;
  const { kind, action, charge } = finding;
  const payment = found?.data;
  const said = {
    ...{ kind, action, orderId: statement?.orderId ?? orderId, order: order.status },
    ...{ payment: believedOf(payment), provider: atProvider(charge), since: charge?.at ?? null },
    amount: charge
      ? { amount: charge.amount, currency: charge.currency }
      : (payment?.amount ?? null),
  };
  const row = (outcome: Difference['outcome'], moves: readonly Move[] = []): Row => ({
    pair,
    difference: { outcome, ...said },
    moves,
  });
  if (isInFlight(order, charge?.at ?? '', rules)) return row('in_flight');
  if (action === 'none') return row('unmended');
  if (rules.dryRun) return row('found');
  const moves = await mended({ ...finding, orderId, payment }, reach);
  return typeof moves === 'string' ? row(moves) : row('mended', moves);
}

/** A checkout that still runs, and whatever moved lately, is not ours to judge. */
function isInFlight(
  { status, updatedAt }: OrderSeen,
  movedAt: string,
  { settledBy }: Rules,
): boolean {
  if (status === 'pending') return true;
  return settledBy !== undefined && (updatedAt > settledBy || movedAt > settledBy);
}
