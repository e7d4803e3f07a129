// How are many seeds of one scenario run, and a failing one made small?
import { FAULT_KINDS, type FaultKind } from './faults.ts';
import { type Cut, type Scenario, simulate } from './simulate.ts';
import { type Summary, tally } from './tally.ts';
import type { Verdict } from './verdict.ts';

export interface SeedsOptions {
  /** @default 1n */
  readonly from?: bigint;
  readonly seeds: number;
  /** From the last to the first: what one world leaves behind must not matter to the next. */
  readonly backwards?: boolean;
  readonly cut?: Cut;
  /** Told of each verdict as it comes. */
  readonly each?: (verdict: Verdict) => void;
}

/** Runs seeds one after another in this process. A scenario may depend on its seed. */
export async function simulateSeeds(
  scenarioOf: (seed: bigint) => Scenario,
  { from = 1n, seeds, backwards = false, cut = {}, each }: SeedsOptions,
): Promise<Summary> {
  const counts = tally();
  for (let step = 0; step < seeds; step += 1) {
    const seed = from + BigInt(backwards ? seeds - 1 - step : step);
    const verdict = await simulate(scenarioOf(seed), seed, cut);
    counts.add(verdict);
    each?.(verdict);
  }
  return counts.summary();
}

export interface Shrunk {
  readonly cut: Cut;
  readonly verdict: Verdict;
  /** How many runs it took. */
  readonly runs: number;
}

const RUNS_MAX = 40;
const SHARES = [0.1, 0.25, 0.5, 0.75] as const;

/**
 * Makes a failing seed small: a smaller share of the workload, then one kind of fault after
 * another switched off, as long as some invariant is still broken. At most 40 runs.
 */
export async function shrink(scenario: Scenario, failing: Verdict, cut: Cut = {}): Promise<Shrunk> {
  let best: { cut: Cut; verdict: Verdict } = { cut, verdict: failing };
  let runs = 0;
  const stillFails = async (smaller: Cut): Promise<boolean> => {
    if (runs >= RUNS_MAX) return false;
    runs += 1;
    const verdict = await simulate(scenario, failing.seed, smaller);
    if (verdict.violations.length === 0) return false;
    best = { cut: smaller, verdict };
    return true;
  };
  for (const share of SHARES) {
    if (share >= (cut.share ?? 1)) break;
    if (await stillFails({ ...cut, share })) break;
  }
  const off = (): readonly FaultKind[] => best.cut.without ?? [];
  const unseen = FAULT_KINDS.filter((kind) => best.verdict.faults[kind] === 0);
  await stillFails({ ...best.cut, without: [...new Set([...off(), ...unseen])] });
  for (const kind of FAULT_KINDS)
    if (!off().includes(kind)) await stillFails({ ...best.cut, without: [...off(), kind] });
  return { ...best, runs };
}
