// Runs us and the peers in turn, in one run, and prints the ratios: npm run bench -- NAME
import { parseArgs } from 'node:util';
import type { Bench, Contender, Derived, Round } from './contender.ts';
import { median, round } from './measure.ts';
import { endServers } from './servers/private-server.ts';

type Load = (options: { readonly entries: number }) => Promise<{ readonly bench: Bench }>;

const BENCHES: Readonly<Record<string, Load>> = {
  saga: () => import('./saga/bench.ts'),
  store: () => import('./store/bench.ts'),
  resilience: () => import('./resilience/bench.ts'),
  events: () => import('./events/bench.ts'),
  replicas: () => import('./replicas/bench.ts'),
  rpc: () => import('./rpc/bench.ts'),
  gateway: () => import('./gateway/bench.ts'),
  resume: () => import('./resume/bench.ts'),
  growth: async ({ entries }) => ({ bench: (await import('./growth/bench.ts')).growth(entries) }),
};

const USAGE = `usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [options]
  --rounds N    interleaved rounds; the median is quoted (default: 3)
  --seconds N   length of a round (default: 2)
  --only TEXT   contenders whose name contains TEXT
  --entries N   of the long log of growth (default: 10000000, about 7 GB of disk)
  --json        the outcome as one line on stdout
  Peers: npm ci --prefix bench; the databases they need are found on this machine or by
  POSTGRES_URL and REDIS_URL. A peer that cannot run here is named with the reason.`;

interface Row {
  readonly name: string;
  readonly inFlight: number;
  readonly rounds: readonly Round[];
}

function options() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '3' },
        seconds: { type: 'string', default: '2' },
        entries: { type: 'string', default: '10000000' },
        only: { type: 'string', default: '' },
        json: { type: 'boolean', default: false },
      },
    });
    const [name = ''] = positionals;
    const [rounds, seconds] = [Number(values.rounds), Number(values.seconds)];
    const entries = Number(values.entries);
    if (BENCHES[name] && rounds >= 1 && seconds > 0 && entries >= 10_000)
      return { ...values, name, rounds, seconds, entries };
  } catch {}
  console.error(USAGE);
  process.exit(2);
}

async function main(): Promise<void> {
  const { name, rounds, seconds, entries, only, json } = options();
  const { bench } = await BENCHES[name]!({ entries });
  const contenders = bench.contenders.filter((one) => one.name.includes(only));
  const rows: Row[] = [];
  const missing = new Map<string, string>();
  for (const inFlight of bench.inFlight) {
    const all = new Map<Contender, Round[]>(contenders.map((one) => [one, []]));
    for (let turn = 0; turn < rounds; turn += 1)
      for (const [contender, done] of all) {
        if (missing.has(contender.name)) continue;
        note(`${contender.name}, ${inFlight} in flight, round ${turn + 1} of ${rounds}`);
        const result = await round(contender, inFlight, seconds);
        if ('missing' in result) missing.set(contender.name, result.missing);
        else done.push(result);
      }
    for (const [contender, done] of all)
      if (done.length > 0) rows.push({ name: contender.name, inFlight, rounds: done });
  }
  note('');
  const lines = rows.map(summary);
  const derived = derivedOf(bench);
  const ratios = { ...ratiosOf(bench, lines), ...derived.ratios };
  const figures = { ...figuresOf(bench, lines), ...derived.figures };
  const more = name === 'growth' ? ` --entries ${entries}` : '';
  const command = `npm run bench -- ${name} --rounds ${rounds} --seconds ${seconds}${more}`;
  if (json) {
    const outcome = { rows: lines, ratios, ...figures, missing: [...missing], command };
    console.log(JSON.stringify(outcome));
  } else print(bench, lines, { ...ratios, ...figures }, missing, command);
}

function note(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

interface Line extends Round {
  readonly name: string;
  readonly inFlight: number;
  readonly min: number;
  readonly max: number;
}

function summary({ name, inFlight, rounds }: Row): Line {
  const speeds = rounds.map((one) => one.perSecond);
  return {
    name,
    inFlight,
    perSecond: Math.round(median(speeds)),
    min: Math.round(Math.min(...speeds)),
    max: Math.round(Math.max(...speeds)),
    p50Ms: Number(median(rounds.map((one) => one.p50Ms)).toFixed(2)),
    p99Ms: Number(median(rounds.map((one) => one.p99Ms)).toFixed(2)),
  };
}

function ratiosOf(bench: Bench, lines: readonly Line[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const { key, ours, theirs, inFlight } of bench.ratios) {
    const speed = ({ name }: Contender) =>
      lines.find((line) => line.name === name && line.inFlight === inFlight)?.perSecond ?? 0;
    const best = Math.max(...theirs.map(speed));
    if (best > 0 && speed(ours) > 0) ratios[key] = Number((speed(ours) / best).toFixed(2));
  }
  return ratios;
}

/** What a missing contender would make nonsense of is left out. */
function derivedOf({ derive }: Bench): Derived {
  const { ratios, figures } = derive?.() ?? { ratios: {}, figures: {} };
  const known = (all: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(all).filter(([, value]) => Number.isFinite(value)));
  return { ratios: known(ratios), figures: known(figures) };
}

function figuresOf({ figures = [] }: Bench, lines: readonly Line[]): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { key, of, contender, inFlight } of figures) {
    const line = lines.find((one) => one.name === contender.name && one.inFlight === inFlight);
    if (line) found[key] = line[of];
  }
  return found;
}

function print(
  { title }: Bench,
  lines: readonly Line[],
  named: Record<string, number>,
  missing: ReadonlyMap<string, string>,
  command: string,
): void {
  console.log(`${title}\n`);
  console.log('| contender | in flight | median /s | min..max | p50 ms | p99 ms |');
  console.log('|---|---:|---:|---:|---:|---:|');
  for (const { name, inFlight, perSecond, min, max, p50Ms, p99Ms } of lines)
    console.log(`| ${name} | ${inFlight} | ${perSecond} | ${min}..${max} | ${p50Ms} | ${p99Ms} |`);
  for (const [key, value] of Object.entries(named)) console.log(`\n${key}: ${value}`);
  for (const [name, reason] of missing) console.log(`\nnot here: ${name}: ${reason}`);
  console.log(`\n${command}`);
}

const awake = setInterval(() => {}, 60_000); // timers of the toolkit do not keep a process alive
try {
  await main();
} finally {
  process.on('uncaughtException', () => {}); // idle connections of peers lose their servers now
  await endServers();
  clearInterval(awake);
}
process.exit(0); // a peer may leave a connection behind
