// How does each get its share when nobody looks at how they do?
import { type Balancer, drawn, type Random } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';

/**
 * Each in turn, as often as its weight says, and as evenly spread as that can be: weights 5, 1, 1
 * make a a b a c a a. Smooth weighted round robin, nginx.
 *
 * @example
 * const balancer = roundRobin();
 * balancer.pick(pool.endpoints, {}).instance.id; // the next one
 */
export function roundRobin(): Balancer {
  const credit = new WeakMap<Endpoint, number>();
  return {
    name: 'round-robin',
    pick(endpoints) {
      let total = 0;
      let best: Endpoint | undefined;
      let most = Number.NEGATIVE_INFINITY;
      for (const one of endpoints) {
        const { weight } = one;
        const has = (credit.get(one) ?? 0) + weight;
        credit.set(one, has);
        total += weight;
        if (has > most) [best, most] = [one, has];
      }
      credit.set(best!, most - total);
      return best!;
    },
  };
}

/** Any, as often as its weight says. */
export function random(random: Random): Balancer {
  return { name: 'random', pick: (endpoints) => endpoints[drawn(endpoints, random)]! };
}
