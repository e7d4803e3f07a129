// How is something measured that takes less time than looking at the clock?
import type { Opened } from '../contender.ts';
import { median } from '../measure.ts';

const CALLS = 2_000;

/** What every contender protects: it succeeds at once, so that what is measured is the protection. */
export const task = async (): Promise<number> => 1;

/** Processor time of a call, microseconds, one entry for each run of a contender. */
const spent = new Map<string, number[]>();

/** One run is so many calls, one after the other: nothing waits, so processor time is all of it. */
export function calls(
  name: string,
  call: () => Promise<unknown>,
  close: () => void = () => {},
): Opened {
  const all = spent.get(name) ?? [];
  spent.set(name, all);
  return {
    each: CALLS,
    async run() {
      const before = process.cpuUsage();
      for (let made = 0; made < CALLS; made += 1) await call();
      const { user, system } = process.cpuUsage(before);
      all.push((user + system) / CALLS);
    },
    async close() {
      close();
    },
  };
}

/**
 * The median over all runs. Of processor time, because on a busy machine the time of the clock is
 * mostly that of others. Garbage is collected on other threads: that counts too.
 */
export const microsecondsOf = (name: string): number => median(spent.get(name) ?? []) || Number.NaN;
