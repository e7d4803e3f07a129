// What is checked, and what does a check say when it fails?

/** One promise of the shop, looked at once everything has settled. */
export interface Invariant {
  readonly name: string;
  readonly ok: boolean;
  /** What was counted, or the first counterexample with its id. */
  readonly detail: string;
}

/** Collects counterexamples; the first is told, the others are counted. */
export interface Findings {
  /** Notes a counterexample unless `holds`. The text is made only when needed. */
  expect(holds: boolean, what: () => string): void;
  readonly count: number;
  /** The invariant, with `summary` as its detail when nothing was found. */
  conclude(name: string, summary: string): Invariant;
}

export function findings(): Findings {
  let count = 0;
  let first = '';
  return {
    expect(holds, what) {
      if (holds) return;
      count += 1;
      if (count === 1) first = what();
    },
    get count() {
      return count;
    },
    conclude(name, summary) {
      const more = count > 1 ? ` (and ${count - 1} more)` : '';
      return { name, ok: count === 0, detail: count === 0 ? summary : first + more };
    },
  };
}
