// Which of several does a key belong to, the same on every machine and after every restart?
import { badDefinition } from '../error/index.ts';
import { hashOf, mixed } from './text-hash.ts';

const UINT32 = 2 ** 32;
const GOLDEN = 0x9e3779b9;

/**
 * Shares keys out by weight. Weighted rendezvous hashing: when a weight grows, keys move to that
 * one alone, and no other key moves. `salt` makes two splits independent of each other.
 * Throws BAD_DEFINITION without a weight above 0.
 *
 * @example
 * const releaseOf = split({ stable: 90, next: 10 }, 'orders');
 * releaseOf('user-7'); // the same for ever, until the weights change
 */
export function split<Name extends string>(
  weights: Readonly<Record<Name, number>>,
  salt = '',
): (key: string) => Name {
  const given = Object.entries(weights) as [Name, number][];
  const shares = given
    .filter(([, weight]) => weight > 0)
    .map(([name, weight]) => ({
      name,
      weight,
      seed: Math.imul(hashOf(`${salt} ${name}`), GOLDEN),
    }));
  const [first] = shares;
  if (!first || given.some(([, weight]) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY)))
    badDefinition('a split needs weights of 0 or more, and one above 0');
  return (key) => {
    const hash = hashOf(key);
    let best = first.name;
    let most = 0;
    for (const { name, weight, seed } of shares) {
      const score = -weight / Math.log((mixed(hash ^ seed) + 0.5) / UINT32);
      if (score > most) [best, most] = [name, score];
    }
    return best;
  };
}
