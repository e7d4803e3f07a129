// Runs the real shop's checkout through seeds, each twice in two processes:
//   npm run simulate -- --seeds 50 [--from 1] [--json]
import { execFileSync, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAULT_KINDS, simulate } from 'offshoot/simulation';
import { shopScenario } from '../simulation/shop-scenario.ts';
import { ORDERS } from '../simulation/shoppers.ts';

interface Ran {
  readonly seed: string;
  readonly hash: string;
  readonly violations: readonly string[];
  readonly faults: Readonly<Record<string, number>>;
}

const SEEDS_MAX = 1_000_000;
const usage = 'usage: npm run simulate -- --seeds N [--from SEED] [--json]';

function fail(message: string, code: number): never {
  console.error(message);
  process.exit(code);
}

function options() {
  try {
    const { values } = parseArgs({
      options: {
        seeds: { type: 'string', default: '50' },
        from: { type: 'string', default: '1' },
        json: { type: 'boolean', default: false },
        worker: { type: 'string' },
      },
    });
    const seeds = Number(values.seeds);
    if (!Number.isInteger(seeds) || seeds < 1 || seeds > SEEDS_MAX || !/^\d+$/.test(values.from))
      fail(usage, 2);
    return { ...values, seeds, from: BigInt(values.from) };
  } catch {
    return fail(usage, 2);
  }
}

/** Runs every seed in this process, in the order given, and reports each to the parent. */
async function work(from: bigint, seeds: number, order: string): Promise<void> {
  for (let step = 0; step < seeds; step += 1) {
    const seed = from + BigInt(order === 'backwards' ? seeds - 1 - step : step);
    const { hash, violations, faults } = await simulate(shopScenario(seed), seed);
    process.send?.({ seed: String(seed), hash, violations, faults } satisfies Ran);
  }
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

/** A process of its own that runs all seeds; what it finds, by seed. */
function worker(
  from: bigint,
  seeds: number,
  order: string,
  each: () => void,
): Promise<Map<string, Ran>> {
  const given = ['--worker', order, '--seeds', String(seeds), '--from', String(from)];
  const child = fork(fileURLToPath(import.meta.url), given);
  const found = new Map<string, Ran>();
  child.on('message', (ran: Ran) => {
    found.set(ran.seed, ran);
    each();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0 && found.size === seeds) resolve(found);
      else reject(new Error(`a worker ended with ${code} after ${found.size} of ${seeds} seeds`));
    });
  });
}

async function main(): Promise<void> {
  const { seeds, from, json, worker: order } = options();
  if (order !== undefined) {
    await work(from, seeds, order);
    process.disconnect?.();
    return;
  }
  const begin = performance.now();
  let done = 0;
  const each = () => {
    done += 1;
    if (process.stderr.isTTY) process.stderr.write(`\r${Math.floor(done / 2)} of ${seeds} seeds`);
  };
  const [first, second] = await Promise.all([
    worker(from, seeds, 'forwards', each),
    worker(from, seeds, 'backwards', each),
  ]);
  if (process.stderr.isTTY) process.stderr.write('\r');
  const runs = [...first.values()];
  const faultsByKind = Object.fromEntries(
    FAULT_KINDS.map((kind) => [kind, runs.reduce((sum, ran) => sum + (ran.faults[kind] ?? 0), 0)]),
  );
  const differing = runs.filter((ran) => second.get(ran.seed)?.hash !== ran.hash);
  const broken = runs.filter((ran) => ran.violations.length > 0);
  const repeat = (seed: string) =>
    `repeat: npm run simulate -- --from ${seed} --seeds 1   (commit ${commit()})`;
  for (const { seed, violations } of broken) {
    for (const violation of violations.slice(0, 5)) console.error(`seed ${seed}: ${violation}`);
    console.error(repeat(seed));
  }
  for (const { seed } of differing)
    console.error(`seed ${seed} differs from itself; ${repeat(seed)}`);
  const result = {
    seeds,
    orders: seeds * ORDERS,
    faults: Object.values(faultsByKind).reduce((sum, count) => sum + count, 0),
    faultsByKind,
    violations: broken.length,
    nondeterministic: differing.length,
    wallSeconds: Math.round((performance.now() - begin) / 100) / 10,
  };
  if (json) console.log(JSON.stringify(result));
  else {
    console.log(
      `${seeds} seeds, ${result.orders} orders, ${result.faults} faults in ${result.wallSeconds} s`,
    );
    console.log(
      Object.entries(faultsByKind)
        .map(([kind, count]) => `  ${kind} ${count}`)
        .join('\n'),
    );
    console.log(`violations ${result.violations}, nondeterministic ${result.nondeterministic}`);
  }
  process.exitCode = broken.length + differing.length > 0 ? 1 : 0;
}

await main();
