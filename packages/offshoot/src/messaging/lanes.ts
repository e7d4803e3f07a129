// How is one event of a key handled at a time, while other keys go on?
import type { Envelope } from './envelope.ts';

export interface Lanes {
  (event: Envelope): Promise<void>;
  /** Whether an event of this key is being handled, or waits to be. */
  isBusy(key: string): boolean;
}

/** Calls `handle` for each event after the one before of its key has ended, and not if it failed. */
export function lanes(handle: (event: Envelope) => Promise<void>): Lanes {
  const running = new Map<string, Promise<void>>();
  const enter = (event: Envelope): Promise<void> => {
    const key = event.partitionkey;
    const before = running.get(key);
    const run = before ? before.then(() => handle(event)) : handle(event);
    running.set(key, run);
    const leave = () => {
      if (running.get(key) === run) running.delete(key);
    };
    run.then(leave, leave);
    return run;
  };
  return Object.assign(enter, { isBusy: (key: string) => running.has(key) });
}
