// What comes next? A seed decides, so that the same seed asks the same questions.
import { random } from '../command/random.ts';

export interface Chance {
  /** From 0 to below `count`. */
  below(count: number): number;
  happens(probability: number): boolean;
  /** Throws for an empty list. */
  pick<T>(from: readonly T[]): T;
  /** One of them, as often as its weight says. */
  weighted<T extends { readonly weight: number }>(from: readonly T[]): T;
  /** Small letters only: digits could add up to what looks like a card number. */
  letters(count: number): string;
}

const LETTERS = 'abcdefghijkmnopqrstuvwxyz';

export function chance(seed: number): Chance {
  const draw = random(seed);
  const below = (count: number) => Math.floor(draw() * count);
  const pick = <T>(from: readonly T[]): T => {
    if (from.length === 0) throw new Error('there is nothing to pick from');
    return from[below(from.length)] as T;
  };
  return {
    below,
    pick,
    happens: (probability) => draw() < probability,
    weighted(from) {
      let left = draw() * from.reduce((sum, { weight }) => sum + weight, 0);
      for (const one of from) {
        left -= one.weight;
        if (left < 0) return one;
      }
      return pick(from);
    },
    letters: (count) =>
      Array.from({ length: count }, () => LETTERS[below(LETTERS.length)]).join(''),
  };
}
