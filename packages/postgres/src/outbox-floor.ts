// From which number on do looks into the outbox begin, so that they pass little and miss nothing?
import type { Runtime } from 'offshoot/runtime';

/** Who wrote at a moment, and the highest number seen before it. */
export interface Mark {
  readonly highest: number;
  readonly writing: ReadonlySet<string>;
}

export interface OutboxFloor {
  /** All rows up to here were taken, but for those of transactions that are `open`. */
  readonly from: number;
  /** Transactions that may still show rows at or below `from`. */
  readonly open: ReadonlySet<string>;
  /** The highest number so far, when it is time to ask who writes before the next look. */
  due(): number | undefined;
  saw(id: number): void;
  /** All that was visible after the mark is taken. */
  taken(mark: Mark): void;
  /** These were writing after a look: whether an open one has ended, and the look may have missed its rows. */
  hasMissed(writing: ReadonlySet<string>): boolean;
}

const USUAL_MS = 2_000; // transactions that take longer are kept in mind by name

/**
 * Rows have ascending numbers and become visible when their transactions commit, in any order. Who
 * has written holds a lock on the table until it ends: so the numbers that were given before one
 * look at the locks are decided when those who held one have ended. Most end within 2 s. One that
 * does not is kept in mind: when it has ended its rows are older than all that came since, and have
 * to be taken first.
 *
 * Why not look at all of them always: an idle transaction keeps every row that was removed since
 * from being cleaned away, and each look would pass all of those.
 */
export function outboxFloor({ monotonic }: Runtime): OutboxFloor {
  let from = 0;
  let open: ReadonlySet<string> = new Set();
  let highest = 0;
  let mark: Mark = { highest: 0, writing: open };
  let markedAt = Number.NEGATIVE_INFINITY;
  return {
    get from() {
      return from;
    },
    get open() {
      return open;
    },
    due: () => (monotonic() - markedAt >= USUAL_MS ? highest : undefined),
    saw(id) {
      highest = Math.max(highest, id);
    },
    taken(now) {
      open = new Set([...open, ...mark.writing].filter((one) => now.writing.has(one)));
      from = mark.highest;
      mark = now;
      markedAt = monotonic();
    },
    hasMissed(writing) {
      const left = new Set([...open].filter((one) => writing.has(one)));
      const isMissed = left.size < open.size;
      open = left;
      return isMissed;
    },
  };
}
