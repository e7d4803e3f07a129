// How does the harness live through a round of kills on one folder?
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kill, Part } from '../kill.ts';
import { armingOf, type KillPlan } from '../plan.ts';
import type { Point } from '../points.ts';
import { isInside, watch } from '../windows.ts';
import { harnessReading } from './reading.ts';
import { type Harness, type Stage, type StageOptions, stage } from './stage.ts';

export interface RoundOptions extends StageOptions {
  readonly kills: readonly KillPlan[];
  onKill?(kill: Kill): void;
}

/** A point that nobody passes in this time is none of this life. */
const POINT_MS_MAX = 1_000;
const START_MS_MAX = 15_000;

/** Kills it as planned, then lets it come to rest and asks its stores what is wrong. */
export async function harnessRound(options: RoundOptions): Promise<Part> {
  const scene = stage(options);
  const looking = watch(harnessReading);
  const kills: Kill[] = [];
  try {
    for (const plan of options.kills) {
      const at = await killed(scene, plan);
      const answered = new Set(
        scene.who.requests
          .filter(({ answer }) => answer !== undefined)
          .map(({ input }) => input.id),
      );
      const disk = await scene.disk();
      const windows = await looking.look(disk, (id) => answered.has(id));
      await disk.close();
      const kill: Kill = { at, victim: 'process', windows, isInside: isInside(windows) };
      kills.push(kill);
      options.onKill?.(kill);
    }
    return { kills, stops: 0, ...(await scene.settle()) };
  } finally {
    scene.close();
  }
}

/** Starts a process, and kills it where the plan says, or where it is when that never comes. */
async function killed(scene: Stage, plan: KillPlan): Promise<Kill['at']> {
  const arming = armingOf(plan);
  const harness = scene.start(arming ? { arming } : {});
  const point = await died(scene, harness, plan);
  await harness.kill();
  return point ?? 'moment';
}

async function died(scene: Stage, harness: Harness, plan: KillPlan): Promise<Point | undefined> {
  const isUp = scene.ready(harness);
  // What a dead process began goes on while this one starts: it may come to its point before.
  const reached = await Promise.race([harness.atPoint(START_MS_MAX), isUp]);
  if (reached || plan.at === 'in-recovery') return reached ?? undefined;
  scene.who.serve((message) => harness.send(message));
  if (plan.at !== 'moment') return harness.atPoint(POINT_MS_MAX);
  await sleep(plan.afterMs);
  return undefined;
}
