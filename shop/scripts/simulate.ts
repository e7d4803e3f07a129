// Runs the whole shop through seeds of faults, all of them in two processes that run at the same
// time, one forwards and one backwards, and compares what they saw:
//   npm run simulate -- --seeds 50 [--from 1] [--json] [--without KIND,…] [--share 0.5]
//     [--topology split]
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Topology } from 'offshoot/host';
import {
  type Cut,
  FAULT_KINDS,
  type FaultKind,
  simulateSeeds,
  tally,
  type Verdict,
} from 'offshoot/simulation';
import { shopScenario } from '../simulation/shop-scenario.ts';
import { ordersOf } from '../simulation/shoppers.ts';
import { monolith } from '../topologies/monolith.ts';
import { split } from '../topologies/split.ts';
import { explain, report, tell } from './simulate/report.ts';

const TOPOLOGIES: Readonly<Record<string, Topology>> = { monolith, split };
const SEEDS_MAX = 1_000_000;
const usage = `usage: npm run simulate -- --seeds N [--from SEED] [--json] [--without KIND,…] [--share 0.5]
    [--topology NAME]   one of ${Object.keys(TOPOLOGIES).join(', ')}; by default some seeds have one host, others nine
  kinds: ${FAULT_KINDS.join(', ')}`;

interface Options {
  readonly seeds: number;
  readonly from: bigint;
  readonly json: boolean;
  readonly cut: Cut;
  readonly worker: string | undefined;
  readonly topology: string | undefined;
}

function refuse(): never {
  console.error(usage);
  process.exit(2);
}

function cutOf(without: string, share: string): Cut {
  const kinds = without === '' ? [] : without.split(',');
  const known: readonly string[] = FAULT_KINDS;
  const isShare = Number(share) > 0 && Number(share) <= 1;
  if (!isShare || !kinds.every((kind) => known.includes(kind))) return refuse();
  return { without: kinds as FaultKind[], share: Number(share) };
}

function options(): Options {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string', default: '50' },
        from: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        without: { type: 'string', default: '' },
        share: { type: 'string', default: '1' },
        worker: { type: 'string' },
        topology: { type: 'string' },
      },
    });
    const seeds = Number(values.seeds);
    if (!Number.isInteger(seeds) || seeds < 1 || seeds > SEEDS_MAX || !/^\d+$/.test(values.from))
      return refuse();
    const { json, worker, topology } = values;
    if (topology !== undefined && !Object.hasOwn(TOPOLOGIES, topology)) return refuse();
    const cut = cutOf(values.without, values.share);
    return { seeds, from: BigInt(values.from), json, worker, cut, topology };
  } catch {
    return refuse();
  }
}

/** A process of its own that runs all seeds, and tells of each. */
function worker(order: string, each: (verdict: Verdict) => void): Promise<void> {
  const given = [...process.argv.slice(2), '--worker', order];
  // Short-lived garbage is all there is: a wide nursery is collected a quarter as often.
  const execArgv = [...process.execArgv, '--max-semi-space-size=64'];
  const child = fork(fileURLToPath(import.meta.url), given, {
    execArgv,
    serialization: 'advanced',
  });
  child.on('message', (verdict) => each(verdict as Verdict));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the process that runs seeds ${order} ended with ${code}`));
    });
  });
}

const scenarioOf =
  ({ topology }: Options) =>
  (seed: bigint) =>
    shopScenario(seed, topology === undefined ? undefined : TOPOLOGIES[topology]);

async function work(given: Options): Promise<void> {
  const { seeds, from, cut, worker: order } = given;
  const each = (verdict: Verdict) => process.send?.(verdict);
  await simulateSeeds(scenarioOf(given), {
    seeds,
    from,
    cut,
    backwards: order === 'backwards',
    each,
  });
  process.disconnect?.();
}

async function main(given: Options): Promise<void> {
  const { seeds, json, cut, topology } = given;
  const run = { cut, topology, scenario: scenarioOf(given) };
  const begin = performance.now();
  const counts = tally();
  const hashes = [new Map<bigint, string>(), new Map<bigint, string>()] as const;
  const progress = () => {
    const done = Math.min(hashes[0].size, hashes[1].size);
    if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${seeds} seeds\r`);
  };
  const heard = (which: 0 | 1) => (verdict: Verdict) => {
    hashes[which].set(verdict.seed, verdict.hash);
    if (which === 0) counts.add(verdict);
    progress();
  };
  await Promise.all([worker('forwards', heard(0)), worker('backwards', heard(1))]);
  const differing = [...hashes[0]].filter(([seed, hash]) => hashes[1].get(seed) !== hash);
  const summary = counts.summary();
  const wallSeconds = Math.round((performance.now() - begin) / 100) / 10;
  await explain(summary.broken, run);
  for (const [seed] of differing) tell(seed, run, 'is not the same in two processes');
  const orders = seeds * ordersOf(cut.share ?? 1);
  report({ ...summary, orders, nondeterministic: differing.length, wallSeconds }, json);
  process.exitCode = summary.broken.length + differing.length > 0 ? 1 : 0;
}

const given = options();
await (given.worker === undefined ? main(given) : work(given));
