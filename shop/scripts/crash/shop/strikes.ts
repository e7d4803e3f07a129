// How is the shop killed as planned while others place orders, and what did each kill leave?
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sqliteDisk } from '../disk.ts';
import type { Kill } from '../kill.ts';
import { armingOf, type KillPlan } from '../plan.ts';
import type { Point } from '../points.ts';
import { isInside, watch } from '../windows.ts';
import type { KeptShop } from './kept-shop.ts';
import { SHOP_COLLECTIONS, shopReading } from './reading.ts';

export interface StrikesOptions {
  readonly shop: KeptShop;
  readonly data: string;
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

/** Begins at once; `done` resolves with what came of every kill. */
export function strikes(options: StrikesOptions): { done(): Promise<readonly Kill[]> } {
  const { shop, data, plans, answered, isDue, onKill } = options;
  const looking = watch(shopReading);
  const copies = join(data, '../copies');
  const kills: Kill[] = [];

  const due = async (): Promise<void> => {
    const end = performance.now() + DUE_MS_MAX;
    while (!isDue(kills.length) && performance.now() < end) await sleep(LOOK_MS);
  };

  /** Where it died: in the middle of its work, or of a start that was to fail. */
  const struck = async (plan: KillPlan): Promise<Point | undefined> => {
    const arming = armingOf(plan);
    if (plan.at === 'in-recovery') {
      await shop.process?.kill();
      return shop.launch(arming).atPoint(POINT_MS_MAX);
    }
    const running = shop.process;
    if (arming) {
      running?.send({ kind: 'arm', arming });
      return running?.atPoint(POINT_MS_MAX);
    }
    await sleep(plan.at === 'moment' ? plan.afterMs : 0);
    return undefined;
  };

  const strike = async (plan: KillPlan): Promise<void> => {
    await due();
    const point = await struck(plan);
    await shop.process?.kill();
    await sleep(LAST_WORDS_MS);
    const heard = new Set(answered);
    const disk = sqliteDisk(data, SHOP_COLLECTIONS, copies);
    const windows = await looking.look(disk, (key) => heard.has(key));
    await disk.close();
    await shop.start();
    const at = point ?? 'moment';
    const kill: Kill = { at, victim: 'process', windows, isInside: isInside(windows) };
    kills.push(kill);
    onKill(kill);
  };

  const all = (async () => {
    for (const plan of plans) await strike(plan);
    return kills;
  })();
  all.catch(() => {}); // it is told by `done`
  return { done: () => all };
}
