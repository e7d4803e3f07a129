// What time does each host believe it is? Wall clocks jump; the monotonic one never does.
import type { FaultKind } from './faults.ts';

export interface Clocks {
  /** The wall clock of a host, whole milliseconds since 1970. */
  read(host: string): number;
  /** Moves a host's wall clock, for good: nobody sets it right again. */
  jump(host: string, byMs: number): void;
  /** How far it was moved forwards and backwards, all jumps together. */
  jumpedMs(host: string): number;
}

interface Clock {
  skewMs: number;
  jumpedMs: number;
  /** A jump that nobody has read yet. */
  unread: FaultKind | undefined;
}

/** A jump counts when the host next reads its clock. */
export function clocks(now: () => number, seen: (kind: FaultKind) => void): Clocks {
  const known = new Map<string, Clock>();
  return {
    read(host) {
      const clock = known.get(host);
      if (!clock) return Math.floor(now());
      if (clock.unread) seen(clock.unread);
      clock.unread = undefined;
      return Math.floor(now() + clock.skewMs);
    },
    jump(host, byMs) {
      const clock = known.get(host) ?? { skewMs: 0, jumpedMs: 0, unread: undefined };
      known.set(host, clock);
      clock.skewMs += byMs;
      clock.jumpedMs += Math.abs(byMs);
      clock.unread = byMs > 0 ? 'clockForward' : 'clockBackward';
    },
    jumpedMs: (host) => known.get(host)?.jumpedMs ?? 0,
  };
}
