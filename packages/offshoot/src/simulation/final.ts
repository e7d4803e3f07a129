// What do the invariants see? The system at rest.
import { badDefinition } from '../error/index.ts';
import type { RunningService } from '../service/index.ts';
import { type Entry, START, type Store } from '../store/index.ts';
import type { Fleet } from './fleet.ts';

/** The system at rest, for the invariants. */
export interface Final {
  service(name: string): RunningService;
  /** Every entry of a service's log, oldest first; read once, however many ask. */
  log(name: string): readonly Entry[];
  /** How far the wall clock of this service's host jumped, all jumps together. */
  jumpedMs(name: string): number;
  /** The share of the usual workload that was asked for: 1 unless a failure is being shrunk. */
  readonly share: number;
}

const LOG_MAX = 1_000_000;

export function final(fleet: Fleet, share: number): Final {
  const logs = new Map<string, readonly Entry[]>();
  const service = (name: string): RunningService =>
    fleet.of(name)?.running()?.get(name) ?? badDefinition(`no service ${name}`);
  return {
    service,
    share,
    jumpedMs: (name) => fleet.world.clocks.jumpedMs(fleet.of(name)?.clock ?? ''),
    log(name) {
      const known = logs.get(name);
      if (known) return known;
      // Embedded stores answer at once.
      const page = service(name).store.readLog(START, LOG_MAX) as Awaited<
        ReturnType<Store['readLog']>
      >;
      logs.set(name, page.entries);
      return page.entries;
    },
  };
}
