// What becomes of one order: sent until it is answered, then followed to its end?
import { setTimeout as sleep } from 'node:timers/promises';
import { type HttpClient, type Reply, untilFinal } from '../client/http-client.ts';
import type { Shopper } from '../client/shopper.ts';
import type { PlannedOrder } from './plan.ts';
import type { Tally } from './tally.ts';

export interface OrderRunOptions {
  readonly http: HttpClient;
  readonly tally: Tally;
  readonly shoppers: readonly Shopper[];
  /** Begins every idempotency key of this run. */
  readonly run: string;
}

const ANSWER_MS_MAX = 60_000;
const END_MS_MAX = 120_000;
const LOOK_MS_MIN = 15;
const LOOK_MS_MAX = 500;
const SMOOTHING = 0.05;
const ENDED: ReadonlySet<string> = new Set(['confirmed', 'shipped', 'delivered', 'cancelled']);

export interface OrderRun {
  /** Resolves with the order's address once it is acknowledged; undefined when it is not. */
  place(order: PlannedOrder): Promise<Placed | undefined>;
  /** Resolves when the order has ended, or 120 s after the last order was placed. */
  follow(placed: Placed): Promise<void>;
}

export interface Placed {
  readonly order: PlannedOrder;
  readonly shopper: Shopper;
  readonly path: string;
  readonly since: number;
}

/** It ends in a letter: digits beside those of a stored time could look like a card number. */
export const keyOf = (run: string, { number }: PlannedOrder) => `traffic-${run}-${number}-q`;

export function orderRun({ http, tally, shoppers, run }: OrderRunOptions): OrderRun {
  let usualMs = 0; // from acknowledgement to end: when it is worth to look

  const place = async (order: PlannedOrder): Promise<Placed | undefined> => {
    const shopper = shoppers[order.number % shoppers.length]!;
    const { shippingAddress } = shopper;
    const payment = { method: order.method };
    const body = JSON.stringify({ items: order.items, shippingAddress, payment });
    const key = keyOf(run, order);
    // As correlation id too: the order is found by it in every log.
    const headers = { ...shopper.headers, 'idempotency-key': key, 'x-correlation-id': key };
    const since = performance.now();
    tally.sent(since);
    const reply = await untilFinal(
      () => http.send('POST', '/api/v1/orders', { headers, body }),
      since + ANSWER_MS_MAX,
    );
    const orderId = tally.answered(order, reply, performance.now() - since);
    if (orderId === undefined) return undefined;
    return { order, shopper, path: `/api/v1/orders/${orderId}`, since };
  };

  const statusOf = async ({ path, shopper }: Placed): Promise<string> => {
    const reply: Reply = await http.send('GET', path, { headers: shopper.headers });
    return (reply.status === 200 && /"status":"(\w+)"/.exec(reply.body)?.[1]) || '';
  };

  const follow = async (placed: Placed): Promise<void> => {
    const acknowledged = performance.now();
    // Earlier than usual, or the guess could never come down again.
    let waitMs = Math.max(LOOK_MS_MIN, Math.min(usualMs / 2, LOOK_MS_MAX));
    for (;;) {
      await sleep(waitMs);
      const status = await statusOf(placed);
      const now = performance.now();
      if (ENDED.has(status)) {
        usualMs += (now - acknowledged - usualMs) * SMOOTHING;
        tally.ended(placed.order, status, now - placed.since, now);
        return;
      }
      if (now > tally.lastSent + END_MS_MAX) return;
      waitMs = Math.max(LOOK_MS_MIN, Math.min((now - acknowledged) / 5, LOOK_MS_MAX));
    }
  };

  return { place, follow };
}
