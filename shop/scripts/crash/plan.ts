// Which kills make up a run: how many of what, where, and when, for a seed?
import { type Arming, POINTS, type Point, type Style } from './points.ts';

/** At a named point, or after so many milliseconds. */
export type KillPlan =
  | { readonly at: Point; readonly passing: number; readonly style: Style }
  | { readonly at: 'moment'; readonly afterMs: number };

export const armingOf = (plan: KillPlan): Arming | undefined =>
  plan.at === 'moment' ? undefined : { point: plan.at, passing: plan.passing, style: plan.style };

export interface RunPlan {
  /** Kills of the harness, in rounds: each has a folder of its own. */
  readonly harness: readonly (readonly KillPlan[])[];
  /** Kills of the shop, likewise. */
  readonly shop: readonly (readonly KillPlan[])[];
  readonly stops: number;
}

const HELD_SHARE = 0.6;
const RUNNING_SHARE = 0.2;
const PASSING_MAX = 12;
/** Statements of a start: more than there are, so that some starts live through it. */
const RECOVERY_PASSING_MAX = 60;
const MOMENT_MS_MAX = 150;
const HARNESS_ROUND = 20;
const SHOP_ROUND = 15;
const KILLS_A_STOP = 20;

/** What few kills prove anything at is drawn seldom. */
const WEIGHTS: Readonly<Partial<Record<Point, number>>> = {
  'after-commit': 3,
  'between-write-and-flush': 2,
  'between-effect-and-journal': 2,
  'before-answer': 2,
};

export function killPlan(draw: () => number, points: readonly Point[] = POINTS): KillPlan {
  const weighted = points.flatMap((point) => Array<Point>(WEIGHTS[point] ?? 1).fill(point));
  const kind = draw();
  if (kind >= HELD_SHARE + RUNNING_SHARE)
    return { at: 'moment', afterMs: Math.round(draw() * MOMENT_MS_MAX) };
  const at = weighted[Math.floor(draw() * weighted.length)]!;
  const most = at === 'in-recovery' ? RECOVERY_PASSING_MAX : PASSING_MAX;
  const passing = 1 + Math.floor(draw() * most);
  return { at, passing, style: kind < HELD_SHARE ? 'held' : 'running' };
}

function rounds(kills: number, most: number, one: () => KillPlan): KillPlan[][] {
  const count = Math.ceil(kills / most);
  return Array.from({ length: count }, (_, round) => {
    const size = Math.floor((kills * (round + 1)) / count) - Math.floor((kills * round) / count);
    return Array.from({ length: size }, one);
  });
}

/** Two thirds of the kills on the harness, one on the shop; a stop for every twenty kills. */
export function runPlan(
  kills: number,
  draw: () => number,
  points: { readonly harness: readonly Point[]; readonly shop: readonly Point[] },
): RunPlan {
  const shop = Math.floor(kills / 3);
  return {
    harness: rounds(kills - shop, HARNESS_ROUND, () => killPlan(draw, points.harness)),
    shop: rounds(shop, SHOP_ROUND, () => killPlan(draw, points.shop)),
    stops: Math.max(1, Math.ceil(kills / KILLS_A_STOP)),
  };
}
