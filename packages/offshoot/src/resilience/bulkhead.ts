// How does one kind of work leave room for the rest? A bulkhead (Nygard, Release It!).
import { OffshootError } from '../error/index.ts';

export interface BulkheadOptions {
  readonly name: string;
  /** Tasks that run at once. */
  readonly runningMax: number;
  /** Tasks that wait for room; one more is refused. */
  readonly waitingMax: number;
}

export interface Bulkhead {
  /**
   * Runs `task` as soon as there is room, in the order of the calls. Throws OVERLOADED, without
   * running it, when too many wait already.
   */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Those that wait get `error` and never run; those that run go on. */
  refuseWaiting(error: unknown): void;
}

/** Waiting costs a task nothing of its own time: a deadline that it sets begins when it runs. */
export function bulkhead({ name, runningMax, waitingMax }: BulkheadOptions): Bulkhead {
  let waiting: PromiseWithResolvers<void>[] = [];
  let running = 0;

  const room = (): Promise<void> | undefined => {
    if (running < runningMax) {
      running += 1;
      return undefined;
    }
    if (waiting.length >= waitingMax)
      throw new OffshootError('OVERLOADED', `${waitingMax} wait for ${name} already; try later`);
    const place = Promise.withResolvers<void>();
    waiting.push(place);
    return place.promise;
  };

  const leave = (): void => {
    const next = waiting.shift();
    if (next)
      next.resolve(); // its place is handed on
    else running -= 1;
  };

  return {
    async run(task) {
      await room();
      try {
        return await task();
      } finally {
        leave();
      }
    },
    refuseWaiting(error) {
      const refused = waiting;
      waiting = [];
      for (const place of refused) place.reject(error);
    },
  };
}
