// What is told of a hunt for mutants?
import type { Campaign, Hunt } from './campaign.ts';

export interface Result {
  readonly planted: number;
  readonly found: number;
  /** By name. */
  readonly missed: readonly string[];
  /** Harmless changes that were reported. */
  readonly falseAlarms: number;
  readonly harmless: number;
  /** Of the bugs that were found. */
  readonly medianSeconds: number;
  readonly medianSeeds: number;
  /** Seeds in which something is wrong without any mutant. */
  readonly wrongAnyway: readonly string[];
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? 0;

const tenths = (value: number) => Math.round(value * 10) / 10;

export function resultOf({ bugs, harmless, wrongAnyway }: Campaign): Result {
  const proven = bugs.flatMap(({ found, seconds }) =>
    found && !wrongAnyway.includes(found.seed) ? [{ seconds, seeds: Number(found.seed) }] : [],
  );
  const missed = bugs.filter(({ found }) => !found || wrongAnyway.includes(found.seed));
  return {
    planted: bugs.length,
    found: proven.length,
    missed: missed.map(({ patch }) => patch.name),
    falseAlarms: harmless.filter(({ found }) => found).length,
    harmless: harmless.length,
    medianSeconds: tenths(median(proven.map(({ seconds }) => seconds))),
    medianSeeds: median(proven.map(({ seeds }) => seeds)),
    wrongAnyway,
  };
}

const NAME_WIDTH = 38;
const SHOWN_MAX = 110;

/** One row of the table. */
export function row({ patch, found, seconds }: Hunt, isHarmless: boolean): string {
  const isRight = isHarmless === (found === undefined);
  const seed = found ? `seed ${found.seed}` : 'never';
  const columns = [
    isRight ? '✓' : '✗',
    patch.name.padEnd(NAME_WIDTH),
    seed.padStart(9),
    `${seconds.toFixed(1)} s`.padStart(8),
    (found?.violation ?? (isHarmless ? 'harmless, as it should be' : '')).slice(0, SHOWN_MAX),
  ];
  return columns.join('  ').trimEnd();
}

export function summary(result: Result): string[] {
  const { planted, found, harmless, falseAlarms, medianSeconds, medianSeeds } = result;
  return [
    `${found} of ${planted} bugs found, half of them within ${medianSeeds} seeds and ${medianSeconds} s`,
    `${falseAlarms} of ${harmless} harmless changes reported`,
    ...result.missed.map((name) => `missed: ${name}`),
    ...result.wrongAnyway.map((seed) => `seed ${seed} is wrong without any mutant`),
  ];
}
