// How does the harness on PostgreSQL live through a round in which it is killed, or its database?
import { setTimeout as sleep } from 'node:timers/promises';
import { harnessReading } from '../harness/reading.ts';
import { type Harness, type StageOptions, stage } from '../harness/stage.ts';
import type { Kill, Part } from '../kill.ts';
import { armingOf, type KillPlan } from '../plan.ts';
import { POINTS, type Point } from '../points.ts';
import { isInside, type Windows, watch } from '../windows.ts';
import type { Arena } from './arena.ts';

export interface PostgresRoundOptions extends Omit<StageOptions, 'backing'> {
  readonly arena: Arena;
  readonly kills: readonly KillPlan[];
  onKill?(kill: Kill): void;
}

/** Told by the process itself; all others are seen on the wire. */
export const OWN_POINTS: ReadonlySet<Point> = new Set(['before-answer', 'between-commit-and-push']);
/** What a wire can see: it knows commits and answers, not what a server does between them. */
export const POSTGRES_POINTS = POINTS.filter((point) => point !== 'between-write-and-flush');
export const POINT_MS_MAX = 1_500;
const START_MS_MAX = 15_000;
const DATABASE_SHARE = 1 / 3;

const isOwn = (plan: KillPlan) => plan.at !== 'moment' && OWN_POINTS.has(plan.at);

/** A third of the kills hit the server, where the plan's point is one that the wire sees. */
export async function postgresRound(options: PostgresRoundOptions): Promise<Part> {
  const { arena, kills: plans, draw, onKill, ...rest } = options;
  // Drawn before anybody else draws: who dies is the same for the same seed, whatever the moments.
  const isOfDatabase = plans.map(
    (plan) => !isOwn(plan) && plan.at !== 'in-recovery' && draw() < DATABASE_SHARE,
  );
  const backing = arena.backing();
  const lines = await arena.lines(backing);
  const { places, points } = lines;
  const scene = stage({ ...rest, draw, backing });
  const looking = watch(harnessReading);
  const kills: Kill[] = [];
  let current: Harness | undefined;
  let served: Harness | undefined;

  /** From when it is ready the requests go to it. */
  const serve = async (harness: Harness): Promise<void> => {
    if (served === harness) return;
    await scene.ready(harness);
    scene.who.serve((message) => harness.send(message));
    served = harness;
  };
  const found = async (): Promise<Windows> => {
    const answered = new Set(
      scene.who.requests.filter(({ answer }) => answer !== undefined).map(({ input }) => input.id),
    );
    const disk = await scene.disk();
    return looking.look(disk, (id) => answered.has(id)).finally(() => disk.close());
  };
  const gone = async (): Promise<void> => {
    await current?.kill();
    current = undefined;
    await lines.quiet();
  };

  /** Brings the process to where it is to be killed. */
  const brought = async (plan: KillPlan): Promise<Point | undefined> => {
    const arming = armingOf(plan);
    if (current && (isOwn(plan) || plan.at === 'in-recovery')) {
      await gone();
      await found(); // what this leaves proves nothing for the next
    }
    const harness = current ?? scene.start({ places, ...(isOwn(plan) && arming && { arming }) });
    const isFresh = harness !== current;
    current = harness;
    if (!isOwn(plan)) points.arm(arming);
    const reached = (timeoutMs: number) =>
      isOwn(plan) ? harness.atPoint(timeoutMs) : points.reached(timeoutMs);
    if (isFresh) {
      // What a dead process began goes on while this one starts: it may come to its point before.
      const early = await Promise.race([reached(START_MS_MAX), scene.ready(harness)]);
      if (early || plan.at === 'in-recovery') return early ?? undefined;
      await serve(harness);
    }
    if (plan.at !== 'moment') return reached(POINT_MS_MAX);
    await sleep(plan.afterMs);
    return undefined;
  };

  const look = async (at: Kill['at'], victim: Kill['victim']): Promise<void> => {
    const windows = await found();
    const kill: Kill = { at, victim, windows, isInside: isInside(windows) };
    kills.push(kill);
    onKill?.(kill);
  };

  const databaseKilled = async (at: Kill['at']): Promise<void> => {
    lines.cut(); // nobody hears of what is durable before it has been looked at
    await arena.server.kill();
    await arena.server.start();
    await look(at, 'database');
    lines.open();
    if (current) await serve(current); // it may have come to its point before it was ready
  };

  try {
    for (const [index, plan] of plans.entries()) {
      const at = (await brought(plan)) ?? 'moment';
      points.arm(undefined);
      if (isOfDatabase[index]) await databaseKilled(at);
      else {
        await gone();
        await look(at, 'process');
      }
    }
    const faults = await (current ? scene.settleWith(current) : scene.settle());
    return { kills, stops: 0, ...faults };
  } finally {
    scene.close();
    await lines.close();
  }
}
