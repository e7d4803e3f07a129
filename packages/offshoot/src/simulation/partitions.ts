// Who cannot reach whom at the moment?
import type { FaultKind } from './faults.ts';
import type { World } from './world.ts';

export interface Partitions {
  /** Loses a message that would cross a cut. `seen` = somebody would have received it. */
  swallows(from: string, to: string, seen: boolean): boolean;
  /** Cuts one side off from the other until `ms` have passed. */
  cut(side: ReadonlySet<string>, kind: 'partition' | 'oneWayPartition', ms: number): void;
}

interface Cut {
  readonly side: ReadonlySet<string>;
  readonly kind: FaultKind;
  counted: boolean;
}

/**
 * A partition cuts both ways; a one-way partition loses what the side sends and lets it hear. It
 * counts once, when it has lost a message that a living host would have received.
 */
export function partitions(world: World): Partitions {
  const cuts = new Set<Cut>();
  const crosses = ({ side, kind }: Cut, from: string, to: string): boolean => {
    if (side.has(from)) return !side.has(to);
    return kind === 'partition' && side.has(to);
  };
  return {
    swallows(from, to, seen) {
      for (const cut of cuts) {
        if (!crosses(cut, from, to)) continue;
        if (seen && !cut.counted) world.fault(cut.kind);
        cut.counted ||= seen;
        return true;
      }
      return false;
    },
    cut(side, kind, ms) {
      const cut: Cut = { side, kind, counted: false };
      cuts.add(cut);
      world.plan(ms, () => cuts.delete(cut));
    },
  };
}
