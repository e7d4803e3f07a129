// Which balancer does a setting mean?
import { OffshootError } from '../error/index.ts';
import type { Balancer, Random } from './balancer.ts';
import { consistentHash } from './consistent-hash.ts';
import { random, roundRobin } from './in-turn.ts';
import { leastInFlight, peakEwma } from './two-choices.ts';

const BY_NAME: Readonly<Record<string, (random: Random) => Balancer>> = {
  'round-robin': roundRobin,
  random,
  'least-connections': leastInFlight,
  'peak-ewma': peakEwma,
  'consistent-hash': consistentHash,
};

/** The balancer of a setting. Throws BAD_SETTING for a name that is none: never silently another. */
export function balancerNamed(name: string, random: Random): Balancer {
  const make = Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined;
  if (make) return make(random);
  const known = Object.keys(BY_NAME).join(', ');
  throw new OffshootError('BAD_SETTING', `there is no balancer '${name}'; use one of ${known}`);
}
