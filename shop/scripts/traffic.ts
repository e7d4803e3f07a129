// Does the shop keep its word under load, and while it is killed? `npm run traffic`.
import { type HttpClient, httpClient } from './client/http-client.ts';
import { assortment } from './client/products.ts';
import { assertReady, localShop, runningShop } from './client/running-shop.ts';
import { randomLetters, shoppers } from './client/shopper.ts';
import { type Command, EXIT, integer, runCommand, usageError } from './command/command-line.ts';
import { payingSagas } from './evidence/paying-sagas.ts';
import { drive } from './traffic/drive.ts';
import { type Kill, killer } from './traffic/kills.ts';
import { orderRun } from './traffic/order-run.ts';
import { plan } from './traffic/plan.ts';
import { progress } from './traffic/progress.ts';
import { reportOf } from './traffic/report.ts';
import { tally } from './traffic/tally.ts';

const USAGE = `usage: npm run traffic -- [options]
  --orders N            how many orders (1000)
  --concurrency C       how many at a time, from request to end (128)
  --kills K             kill the shop K times on the way, its hosts in turn (0)
  --kill-in-flight N    with at least N requests in flight (32)
  --kill-sagas N        and N sagas between authorise and confirm (5)
  --shoppers N          people signed up before the clock starts (200)
  --scenario mixed|visa mixed outcomes, or approved cards only (mixed)
  --one-sku             every order is for the same product
  --seed S              decides what is ordered (1)
  --url URL             the shop, when it is not the one of OFFSHOOT_DATA
  --json                figures as the last line on stdout`;

const OPTIONS = {
  orders: { type: 'string' },
  concurrency: { type: 'string' },
  kills: { type: 'string' },
  'kill-in-flight': { type: 'string' },
  'kill-sagas': { type: 'string' },
  shoppers: { type: 'string' },
  scenario: { type: 'string' },
  'one-sku': { type: 'boolean' },
  seed: { type: 'string' },
  url: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const say = (line: string) => console.error(line);

const run: Command<typeof OPTIONS>['run'] = async (values) => {
  const orders = integer('--orders', values.orders, { min: 1, max: 1_000_000, fallback: 1_000 });
  const concurrency = integer('--concurrency', values.concurrency, oneTo1000(128));
  const kills = integer('--kills', values.kills, { min: 0, max: 100, fallback: 0 });
  const inFlightMin = integer('--kill-in-flight', values['kill-in-flight'], oneTo1000(32));
  const sagasMin = integer('--kill-sagas', values['kill-sagas'], oneTo1000(5));
  const people = integer('--shoppers', values.shoppers, oneTo1000(200));
  const seed = integer('--seed', values.seed, { min: 0, max: 2 ** 31, fallback: 1 });
  const { scenario = 'mixed', 'one-sku': oneSku = false } = values;
  if (!['mixed', 'visa'].includes(scenario))
    throw usageError(`--scenario '${scenario}' cannot be used: give mixed or visa`);
  if (kills > 0 && concurrency < inFlightMin)
    throw usageError(`--concurrency ${concurrency} never has ${inFlightMin} requests in flight`);

  const shop = runningShop(values.url);
  const data = kills > 0 ? localShop(values.url).data : '';
  const http = httpClient(shop.url);
  const counts = tally();
  const shown = progress(() => ({
    acknowledged: counts.acknowledged,
    ended: counts.endedCount,
    orders,
    inFlight: http.inFlight,
  }));
  try {
    await assertReady(http, shop);
    const onlyVisa = scenario === 'visa';
    const planned = plan({ orders, seed, oneSku, onlyVisa, assortment: await assortment(http) });
    const known = await shoppers(http, people, shown.signedUp);
    shown.start();
    const onKill = (kill: Kill) => say(killLine(kill));
    const killing =
      kills > 0
        ? killer({
            ...{ kills, orders, data, http, inFlightMin, sagasMin, onKill },
            paying: await payingSagas(data),
            acknowledged: () => counts.acknowledged,
          })
        : undefined;
    await connect(http, concurrency);
    const made = orderRun({ http, tally: counts, shoppers: known, run: randomLetters(8) });
    await drive(planned, concurrency, made, () => killing?.isDue ?? false);
    await killing?.stop();
    shown.stop();
    const killDetails = killing?.kills ?? [];
    const figures = counts.figures(orders, killDetails.length);
    for (const line of reportOf(figures, concurrency)) say(line);
    if (killDetails.length < kills)
      say(`only ${killDetails.length} of ${kills} kills: the moment never came; raise --orders`);
    if (values.json) console.log(JSON.stringify({ ...figures, killDetails }));
    const isWell = figures.failed === 0 && figures.acknowledged === orders;
    return isWell && killDetails.length === kills ? EXIT.ok : EXIT.failed;
  } finally {
    shown.stop();
    http.close();
  }
};

/** Opens the connections before the clock starts, as people who looked around first have done. */
async function connect(http: HttpClient, connections: number): Promise<void> {
  await Promise.all(Array.from({ length: connections }, () => http.send('GET', '/livez')));
}

function oneTo1000(fallback: number) {
  return { min: 1, max: 1_000, fallback };
}

const killLine = ({ host, pid, requestsInFlight, sagasPastAuthorise, backAfterMs }: Kill) =>
  `killed ${host}, ${pid}, with ${requestsInFlight} requests in flight and ${sagasPastAuthorise} sagas ` +
  `between authorise and confirm; back after ${backAfterMs} ms`;

await runCommand({ usage: USAGE, options: OPTIONS, run });
