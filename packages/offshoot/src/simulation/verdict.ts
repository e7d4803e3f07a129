// What is known of a seed when it has been run?
import type { CrashCounts } from './crash-points.ts';
import type { FaultCounts } from './faults.ts';
import type { SituationCounts } from './situations.ts';

export interface Verdict {
  readonly seed: bigint;
  /** The same in every process; another for another seed. */
  readonly hash: string;
  readonly violations: readonly string[];
  /** Faults that took effect, by kind. */
  readonly faults: FaultCounts;
  /** Deaths at each named crash point. */
  readonly crashes: CrashCounts;
  readonly situations: SituationCounts;
  readonly commits: number;
  readonly simulatedMs: number;
}

export function addTo<K extends string>(
  sums: Record<K, number>,
  more: Readonly<Record<K, number>>,
): void {
  for (const name of Object.keys(more) as K[]) sums[name] += more[name];
}

/** What a seed comes to that has two worlds. */
export function joined(a: Verdict, b: Verdict): Verdict {
  const sums = <K extends string>(one: Record<K, number>, other: Readonly<Record<K, number>>) => {
    const all = { ...one };
    addTo(all, other);
    return all;
  };
  return {
    seed: a.seed,
    hash: `${a.hash}${b.hash}`,
    violations: [...a.violations, ...b.violations],
    faults: sums(a.faults, b.faults),
    crashes: sums(a.crashes, b.crashes),
    situations: sums(a.situations, b.situations),
    commits: a.commits + b.commits,
    simulatedMs: a.simulatedMs + b.simulatedMs,
  };
}
