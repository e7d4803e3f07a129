// What came of all the orders, in numbers?
import { isTransient, type Reply } from '../client/http-client.ts';
import { p50AndP99 } from '../evidence/percentile.ts';
import type { Kind, PlannedOrder } from './plan.ts';

export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** The figures of `traffic --json`. Times are in milliseconds. */
export interface TrafficFigures {
  readonly asked: number;
  /** Answered 202. */
  readonly acknowledged: number;
  /** Not answered within 60 s. */
  readonly unknown: number;
  /** Answered, finally, otherwise than 202. */
  readonly failed: number;
  /** Confirmed, shipped or cancelled. */
  readonly ended: number;
  readonly kills: number;
  /** Ended orders over the time from the first request to the last end. */
  readonly ordersPerSecond: number;
  /** From the first request of an order to its 202. */
  readonly latencyMs: Percentiles;
  /** From the first request of an order to its end, as its customer sees it. */
  readonly endToEndMs: Percentiles;
  readonly ends: Readonly<Record<string, number>>;
  /** Orders that ended otherwise than their kind should. */
  readonly surprises: readonly string[];
}

export interface Tally {
  readonly acknowledged: number;
  readonly endedCount: number;
  /** When the last order was sent, `performance.now()`. */
  readonly lastSent: number;
  sent(now: number): void;
  /** The order's id when it is acknowledged. */
  answered(order: PlannedOrder, reply: Reply, tookMs: number): string | undefined;
  ended(order: PlannedOrder, status: string, tookMs: number, now: number): void;
  figures(asked: number, kills: number): TrafficFigures;
}

const SURPRISES_MAX = 20;
const CANCELLED: ReadonlySet<Kind> = new Set(['declined', 'insufficientFunds', 'outOfStock']);

export function tally(): Tally {
  const latencies: number[] = [];
  const endToEnd: number[] = [];
  const ends: Record<string, number> = {};
  const surprises: string[] = [];
  let unknown = 0;
  let failed = 0;
  let firstSent = Number.POSITIVE_INFINITY;
  let lastSent = 0;
  let lastEnd = 0;

  const surprise = (what: string) => {
    if (surprises.length < SURPRISES_MAX) surprises.push(what);
  };

  return {
    get acknowledged() {
      return latencies.length;
    },
    get endedCount() {
      return endToEnd.length;
    },
    get lastSent() {
      return lastSent;
    },
    sent(now) {
      firstSent = Math.min(firstSent, now);
      lastSent = Math.max(lastSent, now);
    },
    answered({ number, kind }, reply, tookMs) {
      const orderId = reply.status === 202 ? orderIdOf(reply.body) : undefined;
      if (orderId !== undefined) {
        latencies.push(tookMs);
        return orderId;
      }
      if (isTransient(reply)) unknown += 1;
      else failed += 1;
      surprise(`order ${number} (${kind}): ${reply.status} ${reply.body.slice(0, 200)}`);
      return undefined;
    },
    ended({ number, kind }, status, tookMs, now) {
      endToEnd.push(tookMs);
      lastEnd = now;
      ends[status] = (ends[status] ?? 0) + 1;
      if ((status === 'cancelled') !== CANCELLED.has(kind))
        surprise(`order ${number} (${kind}): ended ${status}`);
    },
    figures(asked, kills) {
      const seconds = (lastEnd - firstSent) / 1_000;
      const ended = endToEnd.length;
      return {
        asked,
        acknowledged: latencies.length,
        unknown,
        failed,
        ended,
        kills,
        ordersPerSecond: ended === 0 ? 0 : Math.round((ended / seconds) * 10) / 10,
        latencyMs: p50AndP99(latencies),
        endToEndMs: p50AndP99(endToEnd),
        ends,
        surprises,
      };
    },
  };
}

const orderIdOf = (body: string) => /"orderId":"([^"]+)"/.exec(body)?.[1];
