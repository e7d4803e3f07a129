// Does any hostile request come through a gateway as something else than it is? `npm run attack`.
import { strictUpstream, undiciUpstream } from 'offshoot/runtime/node';
import { type Campaign, campaign } from './attack/campaign.ts';
import { edgeTarget } from './attack/edge-target.ts';
import type { Target } from './attack/lane.ts';
import { proxyTarget } from './attack/proxy-target.ts';
import { figuresOf, shortcomings, summary } from './attack/report.ts';
import { type Command, EXIT, integer, runCommand, usageError } from './command/command-line.ts';

const USAGE = `usage: npm run attack -- [options]
  --mutations N  requests that chance makes, in all (100000)
  --spoofs N     ways to write a header that says who asks, at each target (10000)
  --slow N       connections that send a byte now and then, at each target (200)
  --seed S       decides what is sent (1)
  --target T     only this one: contracts, proxy, strict
  --lanes L      how many gateways are attacked side by side (2)
  --json         figures as the last line on stdout
Everything is in one process and nothing leaves the machine.`;

const OPTIONS = {
  mutations: { type: 'string' },
  spoofs: { type: 'string' },
  slow: { type: 'string' },
  seed: { type: 'string' },
  target: { type: 'string' },
  lanes: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const TARGETS: Readonly<Record<string, (lanes: number) => Promise<Target>>> = {
  contracts: edgeTarget,
  proxy: (lanes) =>
    proxyTarget({ name: 'the gateway that forwards', client: undiciUpstream, lanes }),
  strict: (lanes) =>
    proxyTarget({ name: 'the same with its own client', client: strictUpstream, lanes }),
};

/** The limits of a gateway on slow clients, and time to look. */
const SLOW_LIMIT_MS = 25_000;

const say = (line: string) => console.error(line);

function chosen(name: string | undefined): string[] {
  const names = Object.keys(TARGETS);
  if (name === undefined) return names;
  if (names.includes(name)) return [name];
  throw usageError(`--target '${name}' is not known: use one of ${names.join(', ')}`);
}

const run: Command<typeof OPTIONS>['run'] = async (values) => {
  const number = (name: 'mutations' | 'spoofs' | 'slow', max: number, fallback: number) =>
    integer(`--${name}`, values[name], { min: 0, max, fallback });
  const mutations = number('mutations', 100_000_000, 100_000);
  const spoofs = number('spoofs', 100_000, 10_000);
  const slowSockets = number('slow', 9_000, 200);
  const seed = integer('--seed', values.seed, { min: 0, max: 2 ** 28, fallback: 1 });
  const lanes = integer('--lanes', values.lanes, { min: 1, max: 64, fallback: 2 });
  const names = chosen(values.target);
  const since = performance.now();
  const campaigns: Campaign[] = [];
  for (const name of names) {
    const target = await TARGETS[name]!(lanes);
    try {
      const share = Math.ceil(mutations / names.length);
      const plan = { seed, mutations: share, spoofs, slowSockets, slowLimitMs: SLOW_LIMIT_MS };
      const found = await campaign(target, plan);
      campaigns.push(found);
      for (const line of summary(found)) say(line);
    } finally {
      await target.close();
    }
  }
  const wrong = campaigns.flatMap(shortcomings);
  for (const line of wrong) say(`✗ ${line}`);
  const wallSeconds = (performance.now() - since) / 1_000;
  say(`seed ${seed}, ${wallSeconds.toFixed(1)} s`);
  const ok = wrong.length === 0;
  const figures = figuresOf(campaigns);
  if (values.json) console.log(JSON.stringify({ ok, seed, ...figures, wallSeconds, wrong }));
  return ok ? EXIT.ok : EXIT.failed;
};

await runCommand({ usage: USAGE, options: OPTIONS, run });
