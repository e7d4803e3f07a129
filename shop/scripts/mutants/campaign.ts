// How are all mutants hunted, two at a time, and which of the findings count?
import { availableParallelism } from 'node:os';
import type { Patch } from '../../simulation/mutants/mutant.ts';
import { type Hunted, hunted } from './hunter.ts';

export interface Hunt extends Hunted {
  readonly patch: Patch;
}

export interface Campaign {
  /** In the order given. */
  readonly bugs: readonly Hunt[];
  readonly harmless: readonly Hunt[];
  /** Seeds that are wrong without any mutant: what was found in them proves nothing. */
  readonly wrongAnyway: readonly string[];
}

export interface CampaignOptions {
  readonly bugs: readonly Patch[];
  readonly harmless: readonly Patch[];
  /** For each bug, at most. */
  readonly seeds: number;
  /** For each harmless change. */
  readonly harmlessSeeds: number;
  readonly each: (hunt: Hunt, isHarmless: boolean) => void;
}

/** Runs the tasks, as many at once as there are processors, and keeps their order. */
async function all<T, R>(given: readonly T[], task: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(given.length);
  const line = given.map((one, index) => ({ one, index }));
  const next = async (): Promise<void> => {
    for (let now = line.shift(); now; now = line.shift()) results[now.index] = await task(now.one);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, next));
  return results;
}

/** Hunts every mutant from seed 1 on, and runs the seeds that showed one again without it. */
export async function campaign(options: CampaignOptions): Promise<Campaign> {
  const { bugs, harmless, seeds, harmlessSeeds, each } = options;
  const tasks = [
    ...bugs.map((patch) => ({ patch, count: seeds, isHarmless: false })),
    ...harmless.map((patch) => ({ patch, count: harmlessSeeds, isHarmless: true })),
  ];
  const hunts = await all(tasks, async ({ patch, count, isHarmless }) => {
    const hunt = { patch, ...(await hunted(patch.name, 1n, count)) };
    each(hunt, isHarmless);
    return hunt;
  });
  const shown = new Set(hunts.flatMap(({ found }) => found?.seed ?? []));
  const controls = await all([...shown], (seed) => hunted(undefined, BigInt(seed), 1));
  return {
    bugs: hunts.slice(0, bugs.length),
    harmless: hunts.slice(bugs.length),
    wrongAnyway: controls.flatMap(({ found }) => found?.seed ?? []),
  };
}
