// How long do nearly all calls take?

const GROWTH = 1.08; // a bucket is at most 8 % wide: so exact is the answer
const LEAST_MS = 0.05;
const BUCKETS = 180; // up to about 50 s
const LOG_GROWTH = Math.log(GROWTH);
const REFRESH = 64;

export interface LatencyOptions {
  /** The share of calls that take no longer than the answer. @default 0.95 */
  readonly share?: number;
  /** Calls before there is an answer at all. @default 20 */
  readonly callsMin?: number;
  /** Half of what was seen is forgotten after so many calls. @default 2000 */
  readonly callsMax?: number;
}

export interface Latency {
  add(ms: number): void;
  /** Milliseconds; undefined while too little is known. */
  readonly ms: number | undefined;
}

/**
 * A quantile of the last calls, in a histogram of buckets that grow by 8 %, so that it takes a
 * fixed kilobyte. The answer is never less than the truth, and at most 8 % more.
 *
 * @example
 * const p95 = latency({ callsMin: 3 });
 * for (const ms of [10, 10, 10]) p95.add(ms);
 * p95.ms; // about 10
 */
export function latency({ share = 0.95, callsMin = 20, callsMax = 2_000 }: LatencyOptions = {}) {
  const buckets = new Float64Array(BUCKETS);
  let calls = 0;
  let known: number | undefined;
  let until = callsMin;

  const find = (): number => {
    let left = calls * share;
    let place = 0;
    for (; place < BUCKETS - 1; place += 1) {
      left -= buckets[place]!;
      if (left <= 0) break;
    }
    return LEAST_MS * GROWTH ** (place + 1);
  };

  const made: Latency = {
    add(ms) {
      const place = ms <= LEAST_MS ? 0 : Math.floor(Math.log(ms / LEAST_MS) / LOG_GROWTH);
      buckets[Math.min(place, BUCKETS - 1)]! += 1;
      calls += 1;
      if (calls > callsMax) {
        for (let at = 0; at < BUCKETS; at += 1) buckets[at]! /= 2;
        calls /= 2;
        until /= 2;
      }
      if (calls < until) return;
      known = find();
      until = calls + REFRESH;
    },
    get ms() {
      return known;
    },
  };
  return made;
}
