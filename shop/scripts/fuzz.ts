// Does the shop answer 20,000 requests of every kind with nothing but what it documents? `npm run fuzz`.
import { type Command, EXIT, integer, runCommand } from './command/command-line.ts';
import { arena } from './fuzz/arena.ts';
import { campaign } from './fuzz/campaign.ts';
import { shortcomings, summary } from './fuzz/report.ts';

const USAGE = `usage: npm run fuzz -- [options]
  --requests N     how many in all (20000)
  --seed S         decides what is asked (1)
  --concurrency C  how many at a time (32)
  --keep           leave the data folder of the shop, and say where it is
  --json           figures as the last line on stdout
It starts a shop of its own, with a provider and a mailbox, and ends them.`;

const OPTIONS = {
  requests: { type: 'string' },
  seed: { type: 'string' },
  concurrency: { type: 'string' },
  keep: { type: 'boolean' },
  json: { type: 'boolean' },
} as const;

const say = (line: string) => console.error(line);

const run: Command<typeof OPTIONS>['run'] = async (values) => {
  // Everything documented is seen by then, and chance has had a word too.
  const requests = integer('--requests', values.requests, {
    ...{ min: 2_000, max: 10_000_000, fallback: 20_000 },
  });
  const seed = integer('--seed', values.seed, { min: 0, max: 2 ** 31, fallback: 1 });
  const concurrency = integer('--concurrency', values.concurrency, {
    ...{ min: 1, max: 1_000, fallback: 32 },
  });
  const since = performance.now();
  const place = await arena();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void place.close(false).then(() => process.exit(EXIT.failed)));
  try {
    const found = await campaign(place, { requests, seed, concurrency });
    const seconds = (performance.now() - since) / 1_000;
    const { invariants } = await place.verify();
    const broken = invariants.filter(({ ok }) => !ok);
    const wrong = [
      ...shortcomings(found),
      ...broken.map(({ name, detail }) => `verify: ${name}: ${detail}`),
    ];
    for (const line of summary(found.figures, seed, seconds)) say(line);
    say(`verify: ${invariants.length - broken.length} of ${invariants.length} invariants hold`);
    for (const line of wrong) say(`✗ ${line}`);
    if (values.keep) say(`its data: ${place.data}`);
    const ok = wrong.length === 0;
    if (values.json)
      console.log(JSON.stringify({ ok, seed, ...found.figures, wallSeconds: seconds, wrong }));
    return ok ? EXIT.ok : EXIT.failed;
  } finally {
    await place.close(values.keep === true);
  }
};

await runCommand({ usage: USAGE, options: OPTIONS, run });
