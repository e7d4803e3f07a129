// Did a kill fall inside a window? Told by what the disk has, and by nothing else.
import type { Entry } from 'offshoot/store';
import { START } from 'offshoot/store';
import type { Disk } from './disk.ts';

/** What a kill left on the disk. */
export interface Windows {
  /** Requests that are done, and whose client never heard: between commit and acknowledgement. */
  readonly unacknowledged: number;
  /** Steps that a callee has done, and no saga has journaled: the same between two services. */
  readonly unjournaled: number;
  /** Stores whose log ends in the middle of a commit. */
  readonly torn: number;
  /** Durable events that their reader has not handled. Reported; it does not make a window. */
  readonly unhandled: number;
}

/** How a service's log says what was done for whom. */
export interface Reading {
  readonly caller: string;
  readonly callees: readonly string[];
  /** The client's request that made this entry of the caller's log, if one did. */
  requestOf(entry: Entry): string | undefined;
  /** The saga and the step that this entry of a callee's log is the effect of. */
  stepOf(entry: Entry): string | undefined;
  /** The saga and the step that this entry of the caller's log journals the outcome of. */
  journaledBy(entry: Entry): string | undefined;
  /** The event that this entry of a callee's log says was handled. */
  handledBy(entry: Entry): string | undefined;
  /** Whether somebody handles this entry of the caller's log. */
  isEvent(entry: Entry): boolean;
}

export interface Watch {
  /** Looks at what is new since the last look. `isAnswered`: the client had its answer. */
  look(disk: Disk, isAnswered: (request: string) => boolean): Promise<Windows>;
}

export const isInside = ({ unacknowledged, unjournaled, torn }: Windows): boolean =>
  unacknowledged + unjournaled + torn > 0;

/**
 * Follows the disk of one folder from kill to kill. Only what is new counts: what an earlier kill
 * left unanswered is no proof for a later one.
 */
export function watch(reading: Reading): Watch {
  const { caller, callees, requestOf, stepOf, journaledBy, handledBy, isEvent } = reading;
  const seen = new Map([caller, ...callees].map((service) => [service, START]));
  const torn = new Map<string, string>();
  const journaled = new Set<string>();
  const handled = new Set<string>();

  const news = async (disk: Disk, service: string): Promise<Entry[]> => {
    const found = await disk.entries(service, seen.get(service));
    const last = found.at(-1);
    if (last) seen.set(service, { epoch: last.epoch, seq: last.seq });
    return found;
  };
  const newlyTorn = (disk: Disk): number => {
    const fresh = [...disk.torn].filter(([service, mark]) => torn.get(service) !== mark);
    for (const [service, mark] of fresh) torn.set(service, mark);
    return fresh.length;
  };

  return {
    async look(disk, isAnswered) {
      const called = (await Promise.all(callees.map((one) => news(disk, one)))).flat();
      const own = await news(disk, caller);
      for (const entry of own) collect(journaled, journaledBy(entry));
      for (const entry of called) collect(handled, handledBy(entry));
      const requests = new Set(own.map(requestOf).filter((one) => one !== undefined));
      const steps = new Set(called.map(stepOf).filter((one) => one !== undefined));
      return {
        unacknowledged: [...requests].filter((one) => !isAnswered(one)).length,
        unjournaled: [...steps].filter((one) => !journaled.has(one)).length,
        torn: newlyTorn(disk),
        unhandled: own.filter((entry) => isEvent(entry) && !handled.has(entry.id)).length,
      };
    },
  };
}

function collect(into: Set<string>, one: string | undefined): void {
  if (one !== undefined) into.add(one);
}
