// How does one kind of work leave room for the rest? A bulkhead (Nygard, Release It!).
import { OffshootError } from '../error/index.ts';

export interface BulkheadOptions {
  readonly name: string;
  /** Tasks that run at once. */
  readonly runningMax: number;
  /** Tasks that wait for room; one more is refused. @default 0 */
  readonly waitingMax?: number;
}

export interface Bulkhead {
  /**
   * Runs `task` as soon as there is room, in the order of the calls. Throws OVERLOADED, without
   * running it, when too many wait already.
   */
  run<T>(task: () => Promise<T>): Promise<T>;
  /** Those that wait get `error` and never run; those that run go on. */
  refuseWaiting(error: unknown): void;
  /** For who composes: true when there was room, which `leave` gives back. Nobody waits here. */
  tryEnter(): boolean;
  leave(): void;
  look(): BulkheadLook;
}

export interface BulkheadLook {
  readonly name: string;
  readonly running: number;
  readonly runningMax: number;
  readonly waiting: number;
  readonly waitingMax: number;
  /** Calls that found no room, ever. */
  readonly refused: number;
}

/** Waiting costs a task nothing of its own time: a deadline that it sets begins when it runs. */
export function bulkhead({ name, runningMax, waitingMax = 0 }: BulkheadOptions): Bulkhead {
  let waiting: PromiseWithResolvers<void>[] = [];
  let running = 0;
  let refused = 0;

  const tryEnter = (): boolean => {
    if (running >= runningMax) return false;
    running += 1;
    return true;
  };

  const room = (): Promise<void> | undefined => {
    if (tryEnter()) return undefined;
    if (waiting.length >= waitingMax) {
      refused += 1;
      throw new OffshootError('OVERLOADED', `${waitingMax} wait for ${name} already; try later`);
    }
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
      const away = waiting;
      waiting = [];
      for (const place of away) place.reject(error);
    },
    tryEnter() {
      if (tryEnter()) return true;
      refused += 1;
      return false;
    },
    leave,
    look: () => ({ name, running, runningMax, waiting: waiting.length, waitingMax, refused }),
  };
}
