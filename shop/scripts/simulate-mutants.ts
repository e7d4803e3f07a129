// Does the simulation find the bugs that it is for? `npm run simulate:mutants`.
import { readFileSync } from 'node:fs';
import { EQUIVALENTS } from '../simulation/mutants/equivalents.ts';
import { type Patch, patched } from '../simulation/mutants/mutant.ts';
import { PLANTED } from '../simulation/mutants/planted.ts';
import { type Command, EXIT, integer, runCommand, usageError } from './command/command-line.ts';
import { campaign } from './mutants/campaign.ts';
import { commit, drawn } from './mutants/draw.ts';
import { resultOf, row, summary } from './mutants/report.ts';
import { typeFaults } from './mutants/type-check.ts';
import { unitFaults } from './mutants/unit-tests.ts';

const USAGE = `usage: npm run simulate:mutants -- [options]
  --only NAME        this mutant alone, bug or harmless; may be repeated
  --draw N           N bugs that are not rare and one harmless change, drawn by the commit's hash
  --seeds N          in which each bug must show itself (2000)
  --harmless-seeds N in which no harmless change may (200)
  --types            instead: does each mutant type-check?
  --tests            instead: is it as noted which unit tests of its folder catch a mutant?
  --record           with --tests: note it
  --json             figures as the last line on stdout`;

const OPTIONS = {
  only: { type: 'string', multiple: true },
  draw: { type: 'string' },
  seeds: { type: 'string' },
  'harmless-seeds': { type: 'string' },
  types: { type: 'boolean' },
  tests: { type: 'boolean' },
  record: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

type Values = Parameters<Command<typeof OPTIONS>['run']>[0];

function chosen({ only, draw }: Values) {
  if (only !== undefined) {
    const isMeant = ({ name }: Patch) => only.includes(name);
    const unknown = only.find(
      (name) => ![...PLANTED, ...EQUIVALENTS].some((one) => one.name === name),
    );
    if (unknown !== undefined) throw usageError(`no mutant is called '${unknown}'`);
    return { bugs: PLANTED.filter(isMeant), harmless: EQUIVALENTS.filter(isMeant) };
  }
  if (draw === undefined) return { bugs: PLANTED, harmless: EQUIVALENTS };
  const common = PLANTED.filter(({ isRare }) => !isRare);
  const count = integer('--draw', draw, { min: 1, max: common.length, fallback: 10 });
  return { bugs: drawn(common, count, commit()), harmless: drawn(EQUIVALENTS, 1, commit()) };
}

/** Throws for the first that does not fit the sources as they are: before hours go into the rest. */
function checkFits(patches: readonly Patch[]): void {
  for (const patch of patches)
    patched(patch, readFileSync(new URL(`../../${patch.file}`, import.meta.url), 'utf8'));
}

const whole = (name: 'seeds' | 'harmless-seeds', values: Values, fallback: number) =>
  integer(`--${name}`, values[name], { min: 1, max: 1_000_000, fallback });

/** Lists what is wrong, if anything. */
function told(faults: readonly string[], right: string): number {
  for (const fault of faults) console.error(`✗ ${fault}`);
  if (faults.length === 0) console.error(`✓ ${right}`);
  return faults.length === 0 ? EXIT.ok : EXIT.failed;
}

const run: Command<typeof OPTIONS>['run'] = async (values) => {
  const { bugs, harmless } = chosen(values);
  const both = [...bugs, ...harmless];
  checkFits(both);
  if (values.types) return told(typeFaults(both), `${both.length} mutants type-check`);
  if (values.tests)
    return told(
      await unitFaults(both, values.record === true),
      `the unit tests catch of ${both.length} mutants what is noted`,
    );
  const seeds = whole('seeds', values, 2_000);
  const harmlessSeeds = whole('harmless-seeds', values, 200);
  const say = (line: string) => (values.json ? console.error(line) : console.log(line));
  const found = await campaign({
    ...{ bugs, harmless, seeds, harmlessSeeds },
    each: (hunt, isHarmless) => say(row(hunt, isHarmless)),
  });
  const result = resultOf(found);
  for (const line of summary(result)) say(line);
  if (values.json) console.log(JSON.stringify(result));
  const isRight = result.missed.length + result.falseAlarms + result.wrongAnyway.length === 0;
  return isRight ? EXIT.ok : EXIT.failed;
};

await runCommand({ usage: USAGE, options: OPTIONS, run });
