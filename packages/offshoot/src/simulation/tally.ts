// What do many worlds add up to?
import { CRASH_POINTS, type CrashCounts } from './crash-points.ts';
import { type FaultCounts, noCounts } from './faults.ts';
import { noSituations, type SituationCounts } from './situations.ts';
import { addTo, type Verdict } from './verdict.ts';

export interface Summary {
  readonly seeds: number;
  readonly commits: number;
  readonly simulatedHours: number;
  /** Faults that took effect, all kinds together. */
  readonly faults: number;
  readonly faultsByKind: FaultCounts;
  /** Named crash points at which a host died at least once, of how many there are. */
  readonly crashPointsHit: number;
  readonly crashPointsTotal: number;
  readonly crashesByPoint: CrashCounts;
  readonly situations: SituationCounts;
  /** Seeds that broke an invariant. */
  readonly broken: readonly Verdict[];
}

export interface Tally {
  add(verdict: Verdict): void;
  summary(): Summary;
}

const HOUR_MS = 3_600_000;
const BROKEN_MAX = 1_000;

const sumOf = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

export function tally(): Tally {
  const faultsByKind = noCounts();
  const crashesByPoint = Object.fromEntries(CRASH_POINTS.map((point) => [point, 0])) as CrashCounts;
  const situations = noSituations();
  const broken: Verdict[] = [];
  let seeds = 0;
  let commits = 0;
  let simulatedMs = 0;
  return {
    add(verdict) {
      seeds += 1;
      commits += verdict.commits;
      simulatedMs += verdict.simulatedMs;
      addTo(faultsByKind, verdict.faults);
      addTo(crashesByPoint, verdict.crashes);
      addTo(situations, verdict.situations);
      if (verdict.violations.length > 0 && broken.length < BROKEN_MAX) broken.push(verdict);
    },
    summary: () => ({
      seeds,
      commits,
      simulatedHours: Math.round((simulatedMs / HOUR_MS) * 10) / 10,
      faults: sumOf(faultsByKind),
      faultsByKind: { ...faultsByKind },
      crashPointsHit: CRASH_POINTS.filter((point) => crashesByPoint[point] > 0).length,
      crashPointsTotal: CRASH_POINTS.length,
      crashesByPoint: { ...crashesByPoint },
      situations: { ...situations },
      broken,
    }),
  };
}
