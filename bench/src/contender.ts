// What takes part in a bench?

/** How fast a contender was for a while. */
export interface Round {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** One way of doing the same work, opened afresh for each round and closed after it. */
export interface Contender {
  readonly name: string;
  /** Resolves with what does one piece of work, or with why it cannot take part here. */
  open(): Promise<Opened | { readonly missing: string }>;
}

export interface Opened {
  /**
   * One piece of work, durable when it resolves. `index` is unique within the round. A
   * number that it resolves with is the milliseconds that count, if not those that it took.
   */
  run(index: number): Promise<unknown>;
  /** How many units of work one `run` counts for. @default 1 */
  readonly each?: number;
  /** There is one piece of work: no warming up, and no second run. @default false */
  readonly once?: boolean;
  /**
   * Measures itself, with a load generator of its own: `run` is not called.
   * @default pieces of work are begun here and timed
   */
  measure?(seconds: number, inFlight: number): Promise<Round>;
  /** Throws when what should have happened did not: a fast wrong answer is none. */
  check?(runs: number): Promise<void>;
  close(): Promise<void>;
}

/** A bench: contenders at several loads, and the ratios that matter. */
export interface Bench {
  readonly title: string;
  readonly contenders: readonly Contender[];
  /** Pieces of work in flight, one table row each. */
  readonly inFlight: readonly number[];
  /** Our median over that of the best of theirs. */
  readonly ratios: readonly Ratio[];
  /** Medians of ours that have a name of their own. */
  readonly figures?: readonly Figure[];
  /** What is no quotient of two speeds, when all rounds are over; NaN for what cannot be said. */
  readonly derive?: () => Derived;
}

export interface Derived {
  readonly ratios: Readonly<Record<string, number>>;
  /** By the name under which `--json` prints each. */
  readonly figures: Readonly<Record<string, number>>;
}

export interface Ratio {
  readonly key: string;
  readonly ours: Contender;
  readonly theirs: readonly Contender[];
  readonly inFlight: number;
}

export interface Figure {
  readonly key: string;
  readonly of: 'perSecond' | 'p99Ms';
  readonly contender: Contender;
  readonly inFlight: number;
}
