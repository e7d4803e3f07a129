// When has a person asked to stop, and when have they asked twice?

/** The terminal and npm may both deliver one Ctrl-C. */
const SAME_WITHIN_MS = 500;
const PARENT_MS = 500;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupts {
  /** Tells of a signal that arrived at `at` milliseconds. */
  arrived(at: number): void;
}

/** Signals less than 500 ms after the one that counted are the same one. */
export function interrupts(on: { first(): void; second(): void }): Interrupts {
  let counted = 0;
  let last = Number.NEGATIVE_INFINITY;
  return {
    arrived(at) {
      if (at - last < SAME_WITHIN_MS) return;
      last = at;
      counted += 1;
      if (counted === 1) on.first();
      else if (counted === 2) on.second();
    },
  };
}

/** Follows SIGINT, SIGTERM and SIGHUP of this process, and the death of the npm that started it. */
export function onInterrupt(on: { first(): void; second(): void }): void {
  const { arrived } = interrupts(on);
  for (const signal of SIGNALS) process.on(signal, () => arrived(performance.now()));
  if (process.env.npm_lifecycle_event === undefined) return;
  // A SIGTERM to npm ends npm alone: what it started would go on with nobody to stop it.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    arrived(performance.now());
  }, PARENT_MS);
  watch.unref();
}
