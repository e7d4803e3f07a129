// Do the shop's books add up: money, stock, orders, logs, secrets? `npm run verify`.
import { localShop } from './client/running-shop.ts';
import { CANARIES } from './client/shopper.ts';
import { type Command, EXIT, integer, runCommand } from './command/command-line.ts';
import { verify } from './verify/verify.ts';

const USAGE = `usage: npm run verify -- [options]
  --timeout S   seconds to wait until everything is at rest (60)
  --canary TEXT a text that must be in no byte of the data folder; may be repeated
  --url URL     the shop, when it is not the one of OFFSHOOT_DATA
  --json        figures as the last line on stdout`;

const OPTIONS = {
  timeout: { type: 'string' },
  canary: { type: 'string', multiple: true },
  url: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const run: Command<typeof OPTIONS>['run'] = async (values) => {
  const seconds = integer('--timeout', values.timeout, { min: 0, max: 3_600, fallback: 60 });
  const { data, run: places } = localShop(values.url);
  const canaries = [...CANARIES, ...(values.canary ?? [])];
  const since = performance.now();
  const verdict = await verify({
    ...{ data, canaries, timeoutMs: seconds * 1_000 },
    provider: places.provider.url,
    mailbox: places.mailbox?.url,
  });
  const { ok, counts, invariants } = verdict;
  for (const { name, ok: holds, detail } of invariants)
    console.log(`${holds ? '✓' : '✗'} ${name}: ${detail}`);
  const { confirmed, cancelled, declined, outOfStock } = counts;
  console.log(
    `${confirmed} confirmed, ${cancelled} cancelled (${declined} declined, ` +
      `${outOfStock} out of stock); ${((performance.now() - since) / 1_000).toFixed(1)} s`,
  );
  if (values.json) console.log(JSON.stringify(verdict));
  return ok ? EXIT.ok : EXIT.violated;
};

await runCommand({ usage: USAGE, options: OPTIONS, run });
