// How is one event of a key handled at a time, while other keys go on?
import type { Envelope } from './envelope.ts';

/** Calls `handle` for each event after the one before of its key has ended, and not if it failed. */
export function lanes(
  handle: (event: Envelope) => Promise<void>,
): (event: Envelope) => Promise<void> {
  const running = new Map<string, Promise<void>>();
  return (event) => {
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
}
