// How do so many orders at a time get placed and followed to their ends?
import type { OrderRun } from './order-run.ts';
import { isSlow, type PlannedOrder } from './plan.ts';

/** Orders that nobody holds a place for, at most so many times the places. */
const LOOSE_FACTOR_MAX = 3;

/**
 * Keeps `concurrency` orders under way, from their first request to their end. One that the
 * provider takes seconds over gives its place to the next when it is acknowledged: it waits, and
 * costs the shop nothing. So does every order while `isRushing`, which fills the shop to the brim.
 */
export async function drive(
  orders: readonly PlannedOrder[],
  concurrency: number,
  { place, follow }: OrderRun,
  isRushing: () => boolean = () => false,
): Promise<void> {
  const loose = new Set<Promise<void>>();
  let next = 0;
  const worker = async () => {
    for (let order = orders[next++]; order !== undefined; order = orders[next++]) {
      const placed = await place(order);
      if (placed === undefined) continue;
      const following = follow(placed);
      const hasRoom = isRushing() && loose.size < LOOSE_FACTOR_MAX * concurrency;
      if (isSlow(order.kind) || hasRoom) {
        loose.add(following);
        void following.finally(() => loose.delete(following));
      } else await following;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  await Promise.all(loose);
}
