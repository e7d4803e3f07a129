// Which of two drawn at random is better off? Almost as good as asking all, and nobody stampedes.
import { type Balancer, drawn, type Random } from './balancer.ts';
import type { Endpoint } from './endpoint.ts';

/** Cost of one that has calls on their way and has never answered: worse than any that has. */
const UNKNOWN_COST = Number.MAX_SAFE_INTEGER / 2;

/**
 * The one with fewer calls in flight for its weight, of two drawn by weight. Power of two choices,
 * Mitzenmacher 2001: the fullest of n is O(log log n) above the mean, and callers that do not know
 * of each other do not all choose the same one, as they would if each took the emptiest.
 */
export const leastInFlight = (random: Random): Balancer =>
  twoChoices('least-connections', random, ({ inFlight, weight }) => inFlight / weight);

/**
 * The one whose next answer is expected sooner, of two drawn by weight: peak EWMA of its latency
 * times the calls it would have (Finagle). Finds the slow one that still says it is well.
 */
export const peakEwma = (random: Random): Balancer =>
  twoChoices('peak-ewma', random, ({ inFlight, latencyMs, weight }) => {
    if (latencyMs === undefined) return inFlight === 0 ? 0 : UNKNOWN_COST + inFlight;
    return (latencyMs * (inFlight + 1)) / weight;
  });

function twoChoices(name: string, random: Random, cost: (one: Endpoint) => number): Balancer {
  return {
    name,
    pick(endpoints) {
      const first = drawn(endpoints, random);
      if (endpoints.length === 1) return endpoints[first]!;
      const second = drawn(endpoints, random, first);
      // Of equals the first: that draw alone is by weight.
      const isBetter = cost(endpoints[second]!) < cost(endpoints[first]!);
      return endpoints[isBetter ? second : first]!;
    },
  };
}
