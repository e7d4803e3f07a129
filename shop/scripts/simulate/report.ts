// What does a run of seeds tell, and how is what it found repeated?
import { execFileSync } from 'node:child_process';
import { type Cut, type Scenario, type Summary, shrink, type Verdict } from 'offshoot/simulation';

export interface Result extends Summary {
  readonly orders: number;
  readonly nondeterministic: number;
  readonly wallSeconds: number;
}

/** What was run, and how it differs from the usual run. */
export interface Run {
  readonly cut: Cut;
  readonly topology: string | undefined;
  readonly scenario: (seed: bigint) => Scenario;
}

/** Failing seeds that are made small; the others are only named. */
const SHRUNK_MAX = 2;
const TOLD_MAX = 20;
const VIOLATIONS_MAX = 5;

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

function command(seed: bigint, { without = [], share = 1 }: Cut, topology?: string): string {
  const of = topology === undefined ? '' : ` --topology ${topology}`;
  const off = without.length > 0 ? ` --without ${without.join(',')}` : '';
  const part = share < 1 ? ` --share ${share}` : '';
  return `npm run simulate -- --from ${seed} --seeds 1${of}${off}${part}   (commit ${commit()})`;
}

/** Says what is wrong with a seed, and the one command that shows it again. */
export function tell(seed: bigint, { cut, topology }: Omit<Run, 'scenario'>, what: string): void {
  console.error(`seed ${seed} ${what}`);
  console.error(`repeat: ${command(seed, cut, topology)}`);
}

/** Names every failing seed, and makes the first ones small. */
export async function explain(broken: readonly Verdict[], run: Run): Promise<void> {
  for (const [index, verdict] of broken.slice(0, TOLD_MAX).entries()) {
    const { seed, violations } = verdict;
    for (const violation of violations.slice(0, VIOLATIONS_MAX))
      console.error(`seed ${seed}: ${violation}`);
    if (index >= SHRUNK_MAX) {
      tell(seed, run, 'broke an invariant');
      continue;
    }
    const small = await shrink(run.scenario(seed), verdict, run.cut);
    tell(seed, { ...run, cut: small.cut }, `broke an invariant; made small in ${small.runs} runs`);
  }
}

const table = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `  ${name} ${count}`)
    .join('\n');

/** One object for programs, or lines for people. */
export function report(result: Result, json: boolean): void {
  const { broken, ...rest } = result;
  if (json) {
    console.log(JSON.stringify({ ...rest, violations: broken.length }));
    return;
  }
  const { seeds, orders, commits, simulatedHours, faults, wallSeconds } = result;
  console.log(
    `${seeds} seeds: ${orders} orders, ${commits} commits and ${faults} faults in ${simulatedHours} simulated hours, ${wallSeconds} s`,
  );
  console.log(`faults that took effect\n${table(result.faultsByKind)}`);
  console.log(`deaths at named points\n${table(result.crashesByPoint)}`);
  console.log(`situations\n${table(result.situations)}`);
  console.log(`violations ${broken.length}, nondeterministic ${result.nondeterministic}`);
}
