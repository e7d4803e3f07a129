// Is everything kept that was acknowledged, when real processes die at any moment? `npm run crash`.
import { type Command, EXIT, integer, runCommand, usageError } from './command/command-line.ts';
import { campaign } from './crash/campaign.ts';
import type { StoreKind } from './crash/harness/protocol.ts';
import { isClean, type Kill } from './crash/kill.ts';
import { faultLines, figuresOf, reportOf } from './crash/report.ts';

const USAGE = `usage: npm run crash -- [options]
  --kills N       how often a process is killed: two thirds of them a small harness, the rest the
                  whole shop; and for every twenty kills a process that is stopped (30)
  --store KIND    sqlite or postgres (sqlite); for postgres a server is started and killed as well
  --seed S        decides what is asked, and where it is killed (drawn; it is printed)
  --json          figures as the last line on stdout`;

const OPTIONS = {
  kills: { type: 'string' },
  store: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const KILLS_MAX = 10_000;
const SEED_MAX = 2 ** 31;
/** From so many kills on, at least half of them must have proven something. */
const PROOF_KILLS_MIN = 30;
const EXIT_TIMED_OUT = 5;
const EXIT_SIGINT = 130;
const EXIT_SIGTERM = 143;
const START_MS_MAX = 120_000;
const KILL_MS_MAX = 20_000;

const say = (line: string) => console.error(line);

function storeOf(given = 'sqlite'): StoreKind {
  if (given === 'sqlite' || given === 'postgres') return given;
  throw usageError(`--store '${given}' cannot be used: give sqlite or postgres`);
}

/** A line that changes in place for a person, and nothing for a file. */
function progress(all: number) {
  const counts = { harness: 0, shop: 0, inside: 0 };
  const { stderr } = process;
  const show = (text: string) => stderr.isTTY && stderr.write(`\r\x1b[K${text}`);
  return {
    kill(part: 'harness' | 'shop', { isInside }: Kill) {
      counts[part] += 1;
      if (isInside) counts.inside += 1;
      const { harness, shop, inside } = counts;
      show(`${harness + shop} of ${all} kills (${shop} of the shop), ${inside} inside a window`);
    },
    stops: (done: number, of: number) => void show(`${done} of ${of} stops`),
    end: () => void show(''),
  };
}

const run: Command<typeof OPTIONS>['run'] = async (values) => {
  const kills = integer('--kills', values.kills, { min: 1, max: KILLS_MAX, fallback: 30 });
  const drawn = Math.floor(Math.random() * SEED_MAX);
  const seed = integer('--seed', values.seed, { min: 0, max: SEED_MAX, fallback: drawn });
  const store = storeOf(values.store);
  // Children are killed, and folders removed, when this process exits.
  process.once('SIGINT', () => process.exit(EXIT_SIGINT));
  process.once('SIGTERM', () => process.exit(EXIT_SIGTERM));
  const limitMs = START_MS_MAX + kills * KILL_MS_MAX;
  const late = setTimeout(() => {
    say(`not done in ${limitMs / 1_000} s: repeat it with --kills ${kills} --seed ${seed}`);
    process.exit(EXIT_TIMED_OUT);
  }, limitMs);
  const since = performance.now();
  const shown = progress(kills);
  say(`seed ${seed}`);
  try {
    const outcome = await campaign({
      store,
      kills,
      seed,
      onKill: shown.kill,
      onStops: shown.stops,
    });
    shown.end();
    const wallSeconds = Math.round((performance.now() - since) / 100) / 10;
    const figures = figuresOf(outcome, { store, seed, wallSeconds });
    for (const line of faultLines(outcome)) say(line);
    for (const line of reportOf(figures)) say(line);
    if (values.json) console.log(JSON.stringify(figures));
    if (!isClean(outcome.harness) || !isClean(outcome.shop)) return EXIT.violated;
    const isProven = figures.insideWindow * 2 >= figures.kills || kills < PROOF_KILLS_MIN;
    if (!isProven) say(`only ${figures.insideWindow} of ${kills} kills fell inside a window`);
    return isProven && figures.kills === kills && figures.stops > 0 ? EXIT.ok : EXIT.failed;
  } finally {
    clearTimeout(late);
    shown.end();
  }
};

await runCommand({ usage: USAGE, options: OPTIONS, run });
