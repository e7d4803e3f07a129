// What did the person type, and what do we say when we do not understand it?
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

export type Parsed<Options extends ParseArgsOptionsConfig> =
  | {
      readonly values: ReturnType<typeof parseArgs<{ options: Options }>>['values'];
      readonly words: readonly string[];
    }
  | { readonly mistake: string };

/** The options of a verb, and the words beside them; everything unknown is a mistake. */
export function parsedOptions<const Options extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: Options,
  words: { readonly min?: number; readonly max?: number } = {},
): Parsed<Options> {
  const { min = 0, max = min } = words;
  try {
    const allowPositionals = max > 0;
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals });
    if (positionals.length < min) return { mistake: 'something is missing' };
    const tooMany = positionals[max];
    if (tooMany !== undefined) return { mistake: `'${tooMany}' is one word too many` };
    return { values, words: positionals };
  } catch (error) {
    const [first = ''] = (error as Error).message.split('. ');
    return { mistake: first };
  }
}

const NEAR = 3;

/** The known word that was probably meant. */
export function didYouMean(word: string, known: readonly string[]): string | undefined {
  const distances = known.map((one) => ({ one, steps: distance(word, one) }));
  const nearest = distances.sort((a, b) => a.steps - b.steps)[0];
  return nearest && nearest.steps < Math.min(NEAR, word.length) ? nearest.one : undefined;
}

/** Levenshtein, 1966: letters put in, taken out or exchanged. */
function distance(from: string, to: string): number {
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of [...from].entries()) {
    const line = [index + 1];
    for (let column = 1; column <= to.length; column += 1) {
      const exchanged = above[column - 1]! + Number(letter !== to[column - 1]);
      line.push(Math.min(exchanged, above[column]! + 1, line[column - 1]! + 1));
    }
    above = line;
  }
  return above[to.length]!;
}
