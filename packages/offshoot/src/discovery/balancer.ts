// Which of the instances that could take this call takes it?
import type { Endpoint } from './endpoint.ts';

/** What of a call may matter for the choice. */
export interface Request {
  /** Calls of one key go to one instance, where the balancer does that. */
  readonly key?: string | undefined;
}

export interface Balancer {
  readonly name: string;
  /** One of `endpoints`, which are not empty and of positive weight. By weight, whatever else. */
  pick(endpoints: readonly Endpoint[], request: Request): Endpoint;
}

/** Uniform in [0, 1). */
export type Random = () => number;

/** The place of one endpoint, drawn by weight; never `but`. */
export function drawn(endpoints: readonly Endpoint[], random: Random, but = -1): number {
  let total = 0;
  for (let at = 0; at < endpoints.length; at += 1) if (at !== but) total += endpoints[at]!.weight;
  let rest = random() * total;
  let last = -1;
  for (let at = 0; at < endpoints.length; at += 1) {
    if (at === but) continue;
    last = at;
    rest -= endpoints[at]!.weight;
    if (rest < 0) return at;
  }
  return last; // what is left is a rounding error
}
