// How is the shop killed as planned while others place orders, and what did each kill leave?
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kill } from '../kill.ts';
import { armingOf, type KillPlan } from '../plan.ts';
import type { Point } from '../points.ts';
import { isInside, type Windows, watch } from '../windows.ts';
import type { Ground } from './ground.ts';
import type { KeptShop } from './kept-shop.ts';
import { shopReading } from './reading.ts';

export interface StrikesOptions {
  readonly shop: KeptShop;
  readonly ground: Ground;
  readonly draw: () => number;
  readonly plans: readonly KillPlan[];
  /** Keys of the orders that were acknowledged so far. */
  readonly answered: ReadonlySet<string>;
  /** Whether enough has happened since the last of so many kills. */
  isDue(done: number): boolean;
  onKill(kill: Kill): void;
}

const LOOK_MS = 5;
const DUE_MS_MAX = 15_000;
const POINT_MS_MAX = 2_000;
/** What a dead process had sent is read by then, and who waited for more has been told. */
const LAST_WORDS_MS = 25;
const DATABASE_SHARE = 1 / 3;

/** Begins at once; `done` resolves with what came of every kill. */
export function strikes(options: StrikesOptions): { done(): Promise<readonly Kill[]> } {
  const { shop, ground, draw, plans, answered, isDue, onKill } = options;
  const looking = watch(shopReading);
  const kills: Kill[] = [];

  const due = async (): Promise<void> => {
    const end = performance.now() + DUE_MS_MAX;
    while (!isDue(kills.length) && performance.now() < end) await sleep(LOOK_MS);
  };

  const found = async (): Promise<Windows> => {
    await Promise.all([ground.quiet(), sleep(LAST_WORDS_MS)]);
    const heard = new Set(answered);
    const disk = await ground.disk();
    return looking.look(disk, (key) => heard.has(key)).finally(() => disk.close());
  };

  /** Where it is to die: in the middle of its work, or of a start that is to fail. */
  const brought = async (plan: KillPlan): Promise<Point | undefined> => {
    const arming = armingOf(plan);
    if (plan.at === 'in-recovery') {
      await shop.process?.kill();
      await found(); // what this leaves proves nothing for the next
      if (arming && !ground.pointsAreOwn) ground.arm(arming, undefined);
      const launched = shop.launch(ground.pointsAreOwn ? arming : undefined);
      return ground.reached(launched, POINT_MS_MAX);
    }
    const running = shop.process;
    if (arming && running) {
      ground.arm(arming, running);
      return ground.reached(running, POINT_MS_MAX);
    }
    await sleep(plan.at === 'moment' ? plan.afterMs : 0);
    return undefined;
  };

  const look = async (at: Kill['at'], victim: Kill['victim']): Promise<void> => {
    const windows = await found();
    const kill: Kill = { at, victim, windows, isInside: isInside(windows) };
    kills.push(kill);
    onKill(kill);
  };

  const strike = async (plan: KillPlan): Promise<void> => {
    await due();
    const mayBeDatabase = ground.databaseKilled && plan.at !== 'in-recovery';
    const isDatabase = mayBeDatabase && draw() < DATABASE_SHARE;
    const at = (await brought(plan)) ?? 'moment';
    ground.disarm();
    if (isDatabase) {
      await ground.databaseKilled?.(() => look(at, 'database'));
      return;
    }
    await shop.process?.kill();
    await look(at, 'process');
    await shop.start();
  };

  const all = (async () => {
    for (const plan of plans) await strike(plan);
    return kills;
  })();
  all.catch(() => {}); // it is told by `done`
  return { done: () => all };
}
