// Did every order go the ways that are open to it, and does its checkout's journal tell of them?
import { isAvailability } from 'offshoot/error';
import type { Final } from 'offshoot/simulation';
import { type Entry, every, type Need, type Store } from 'offshoot/store';
import { OrderStatus } from '../contracts/orders.ts';
import { BY_CUSTOMER, checkout } from '../services/orders/checkout.ts';
import { CANCEL_REQUESTED, TRANSITIONS } from '../services/orders/order.ts';
import { type OrderRow, orderRows, rowKey } from '../services/orders/projections/order-row.ts';
import type { LedgerEntry } from '../stand-ins/provider/provider.ts';

const all = { limit: 1_000 };
const load = <T>(store: Store, need: Need<T>): T => store.load(need) as T;

/** `pending` for `order.created`, else the status that the event names; undefined for others. */
function statusIn({ type }: Entry): OrderStatus | undefined {
  const name = type.replace(/^order\./, '');
  return name === 'created' ? 'pending' : OrderStatus.safeParse(name).data;
}

/** One transition after the other, as the table of them allows, to what the row says. */
function history(row: OrderRow, stream: readonly Entry[]): string[] {
  const { orderId, status, customerId, customerStatus } = row;
  const found: string[] = [];
  let now: OrderStatus | undefined;
  for (const entry of stream) {
    const next = statusIn(entry);
    if (next === undefined) continue;
    const isOpen = now === undefined ? next === 'pending' : TRANSITIONS[now].includes(next);
    if (!isOpen) found.push(`order ${orderId} went from ${now} to ${next}`);
    now = next;
  }
  if (now !== status)
    found.push(`order ${orderId} is ${now} by its events, its row says ${status}`);
  if (customerStatus !== rowKey(customerId, status))
    found.push(`order ${orderId} is ${status}, and listed as ${customerStatus}`);
  return found;
}

/** Facts that a cancellation may rest on. */
interface Grounds {
  readonly stream: readonly Entry[];
  readonly isShort: boolean;
  readonly isDeclined: boolean;
  /** Nothing is given up earlier; where nothing failed, nothing is. */
  readonly givesUpMs: number;
}

/** Nobody's order is cancelled for a reason that was none. */
function isFounded(reason: string, { stream, isShort, isDeclined, givesUpMs }: Grounds): boolean {
  const [created] = stream;
  const cancelled = stream.find(({ type }) => type === 'order.cancelled');
  if (reason === BY_CUSTOMER)
    return (
      stream.some(({ type }) => type === CANCEL_REQUESTED) ||
      cancelled?.actor.startsWith('user:') === true
    );
  if (reason === 'OUT_OF_STOCK') return isShort;
  if (reason === 'PAYMENT_DECLINED') return isDeclined;
  // What never came to an outcome took its time to be given up.
  const isUnknown = reason === 'DEADLINE_EXCEEDED' || isAvailability(reason);
  return isUnknown && (cancelled?.at ?? 0) - (created?.at ?? 0) >= givesUpMs;
}

const STEPS: readonly string[] = checkout.steps.map(({ name }) => name);
/** A call that was sent in time may take this long, its journal entry included. */
const LATE_MS = 60_000;

interface Journaled {
  readonly step: string;
  readonly direction: 'forward' | 'back';
  readonly outcome: { readonly kind: string };
  readonly status: string;
}

/** Steps in their order, then, where it turned round, back in the opposite one, to an end. */
function journey(orderId: string, entries: readonly Entry[], jumpedMs: number): string[] {
  const found: string[] = [];
  const wrong = (what: string) => found.push(`the journal of ${orderId}: ${what}`);
  const [started, ...moves] = entries;
  if (started?.type !== 'saga.started') wrong('it has no beginning');
  const due = (started?.at ?? 0) + checkout.deadlineMs + LATE_MS + jumpedMs;
  let done = -1;
  let undone = STEPS.length;
  let status = '';
  for (const { data, at } of moves) {
    const { step, direction, outcome, ...rest } = data as Journaled;
    const index = STEPS.indexOf(step);
    status = rest.status;
    if (direction === 'forward' && undone < STEPS.length) wrong(`${step} after it turned round`);
    if (outcome.kind !== 'result') continue;
    if (direction === 'back') {
      if (index >= undone) wrong(`${step} is undone after what came before it`);
      undone = index;
      continue;
    }
    if (index !== done + 1) wrong(`${step} does not follow on ${STEPS[done] ?? 'the start'}`);
    if (index < checkout.pivot && at > due) wrong(`${step} was done when its time was up`);
    done = index;
  }
  if (status !== 'completed' && status !== 'compensated') wrong(`it ends ${status || 'at once'}`);
  if (status === 'completed' && done !== STEPS.length - 1) wrong(`it ends after ${STEPS[done]}`);
  return found;
}

/** No message was put aside for a person: in this shop none fails by its own fault. */
const aside = (final: Final, services: readonly string[]): string[] =>
  services.flatMap((service) =>
    final
      .service(service)
      .consumers.flatMap(({ name, waiting: { messages } }) =>
        messages === 0 ? [] : [`${service}/${name}: ${messages} messages wait`],
      ),
  );

/** Every violation, in words that name the id. */
export function checkoutViolations(
  final: Final,
  ledger: readonly LedgerEntry[],
  services: readonly string[],
  isHealthy: boolean,
): string[] {
  const { store } = final.service('orders');
  const jumpedMs = final.jumpedMs('orders');
  const streams = Map.groupBy(final.log('orders'), ({ stream }) => stream);
  const short = new Set(
    final
      .log('inventory')
      .filter(({ type }) => type === 'inventory.reservation_failed')
      .map(({ key }) => key),
  );
  const declined = new Set(
    ledger.filter(({ kind }) => kind === 'declined').map(({ reference }) => reference),
  );
  const found = load(store, every(orderRows, all)).flatMap(({ data: row }) => {
    const { orderId, status, reason } = row;
    const stream = streams.get(`order/${orderId}`) ?? [];
    const [isShort, isDeclined] = [short.has(orderId), declined.has(orderId)];
    const givesUpMs = isHealthy ? Number.POSITIVE_INFINITY : checkout.deadlineMs - jumpedMs;
    const isRight =
      status !== 'cancelled' || isFounded(reason, { stream, isShort, isDeclined, givesUpMs });
    return [
      ...history(row, stream),
      ...(isRight ? [] : [`order ${orderId} was cancelled for ${reason}, which was not so`]),
      ...journey(orderId, streams.get(`saga/${orderId}`) ?? [], jumpedMs),
    ];
  });
  return [...found, ...aside(final, services)];
}
