// How do so many orders at a time get placed and followed to their ends?
import type { OrderRun } from './order-run.ts';
import { isSlow, type PlannedOrder } from './plan.ts';

/**
 * Keeps `concurrency` orders under way, from their first request to their end. One that the
 * provider takes seconds over gives its place to the next when it is acknowledged: it waits, and
 * costs the shop nothing.
 */
export async function drive(
  orders: readonly PlannedOrder[],
  concurrency: number,
  { place, follow }: OrderRun,
): Promise<void> {
  const waiting: Promise<void>[] = [];
  let next = 0;
  const worker = async () => {
    for (let order = orders[next++]; order !== undefined; order = orders[next++]) {
      const placed = await place(order);
      if (placed === undefined) continue;
      const following = follow(placed);
      if (isSlow(order.kind)) waiting.push(following);
      else await following;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  await Promise.all(waiting);
}
