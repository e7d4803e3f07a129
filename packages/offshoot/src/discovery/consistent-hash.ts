// How does a key stay with its instance, whoever else comes and goes?
import { type Balancer, drawn, type Random } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';
import { hashOf, mixed } from './text-hash.ts';

export interface ConsistentHashOptions {
  /** How many times its fair share of the calls in flight one may have. @default 1.25 */
  readonly loadMax?: number;
}

const LOAD_MAX = 1.25;
const UINT32 = 2 ** 32;
const GOLDEN = 0x9e3779b9;

/**
 * Calls of one key go to one instance as long as it is there and not overloaded. Weighted
 * rendezvous hashing (Thaler and Ravishankar; weights by Schindelhauer): a newcomer takes its
 * share from each of the others, one that leaves gives to each, and no other key moves; there is
 * no ring to keep. With bounded loads (Mirrokni, Thorup and Zadimoghaddam 2016): one that has
 * `loadMax` times its fair share of the calls in flight passes further ones to the key's next. A
 * call without a key goes to anyone.
 */
export function consistentHash(
  random: Random,
  { loadMax = LOAD_MAX }: ConsistentHashOptions = {},
): Balancer {
  const seeds = new WeakMap<Endpoint, number>();
  const seedOf = (one: Endpoint): number => {
    const seed = seeds.get(one) ?? Math.imul(hashOf(one.instance.id), GOLDEN);
    seeds.set(one, seed);
    return seed;
  };
  return {
    name: 'consistent-hash',
    pick(endpoints, { key }) {
      if (key === undefined) return endpoints[drawn(endpoints, random)]!;
      const hash = hashOf(key);
      let calls = 1;
      let weights = 0;
      for (const { inFlight, weight } of endpoints) {
        calls += inFlight;
        weights += weight;
      }
      let best: Endpoint | undefined;
      let most = 0;
      for (const one of endpoints) {
        const { weight } = one;
        if (one.inFlight >= Math.ceil((loadMax * calls * weight) / weights)) continue;
        const uniform = (mixed(hash ^ seedOf(one)) + 0.5) / UINT32;
        const score = -weight / Math.log(uniform);
        if (score > most) [best, most] = [one, score];
      }
      return best ?? endpoints[0]!; // not reached while loadMax is 1 or more
    },
  };
}
