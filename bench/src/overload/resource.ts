// What is scarce here? Some slots, each busy for a fixed time by one piece of work.

export interface Resource {
  /** Resolves when the work is done: its slot time, and before that however long the queue is. */
  use(): Promise<void>;
  /** While it is away, nothing that is begun or queued ever gets on. */
  setAway(isAway: boolean): void;
  readonly queued: number;
}

interface Work {
  done: () => void;
  endMs: number;
}

/**
 * Like a pool of connections to a database that does each query in the same time: first come, first
 * served, and no limit to the queue. A slot takes its next work at the moment at which the last one
 * ended, not when a timer noticed, so that its capacity is exact.
 */
export function resource(slots: number, workMs: number): Resource {
  const running: Work[] = [];
  const queue: Work[] = [];
  let isAway = false;

  const tick = (): void => {
    if (isAway) return;
    const now = performance.now();
    while (running.length > 0 && running[0]!.endMs <= now) {
      const ended = running.shift()!;
      ended.done();
      const next = queue.shift();
      if (!next) continue;
      next.endMs = ended.endMs + workMs;
      running.push(next); // ends last: the times are in order
    }
  };
  setInterval(tick, 1);

  return {
    use: () =>
      new Promise((resolve) => {
        const work: Work = { done: resolve, endMs: performance.now() + workMs };
        if (running.length < slots) {
          running.push(work);
          running.sort((a, b) => a.endMs - b.endMs);
        } else queue.push(work);
      }),
    setAway(away) {
      isAway = away;
      if (away) return;
      // Whoever was on it when it went away has given up: the connections begin afresh.
      running.length = 0;
      queue.length = 0;
    },
    get queued() {
      return queue.length;
    },
  };
}
