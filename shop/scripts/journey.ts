// What happens to one order, from sign-up to its end? `npm run journey`.
import { type HttpClient, httpClient } from './client/http-client.ts';
import { assertReady, type RunningShop, runningShop } from './client/running-shop.ts';
import { type Command, EXIT, runCommand } from './command/command-line.ts';
import { localMistakes } from './journey/books.ts';
import type { Ending } from './journey/ending.ts';
import { localMails } from './journey/mails.ts';
import { productFor, type Route, routeOf } from './journey/route.ts';
import { byTime, type Happening, localTimeline } from './journey/timeline.ts';
import { type Travelled, travel } from './journey/travel.ts';

const USAGE = `usage: npm run journey -- [options]
  --decline       pay with a card that is declined
  --out-of-stock  order more than there is
  --cancel WHEN   change one's mind: before it is confirmed, or after
  --until STATUS  how far to follow a paid order: shipped (default) or confirmed
  --url URL       the shop, when it is not the one of OFFSHOOT_DATA
  --json          the outcome as the last line on stdout`;

const OPTIONS = {
  decline: { type: 'boolean' },
  'out-of-stock': { type: 'boolean' },
  cancel: { type: 'string' },
  until: { type: 'string' },
  url: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** A confirmed order leaves within a moment: who is too late tries again with another. */
const TRIES_MAX = 5;

const run: Command<typeof OPTIONS>['run'] = async (values) => {
  const route = routeOf(values);
  const shop = runningShop(values.url);
  const http = httpClient(shop.url, 4);
  try {
    await assertReady(http, shop);
    const { travelled, tooLate } = await untilInTime(http, route);
    const { orderId, order, status, reason } = travelled;
    const { timeline, mails, mistakes } = await evidence(shop, travelled, route.ending);
    console.log(order);
    for (const line of told(timeline)) console.log(line);
    for (const { subject } of mails) console.log(`mail: ${subject}`);
    const wrong = [...unexpectedEnd(travelled, route.ending), ...mistakes];
    const end = reason ? `${status} (${reason})` : status;
    console.log(
      `order ${orderId} ended ${end}${wrong.length === 0 ? '' : `: ${wrong.join('; ')}`}`,
    );
    if (wrong.length === 0 && shop.local) console.log('money, stock, parcel and mails are right');
    if (values.json)
      console.log(JSON.stringify({ orderId, status, reason, tooLate, timeline, mails }));
    return wrong.length === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    http.close();
  }
};

/** Travels until a cancellation, if there is to be one, was in time; and how often it was not. */
async function untilInTime(
  http: HttpClient,
  route: Route,
): Promise<{ readonly travelled: Travelled; readonly tooLate: number }> {
  const product = await productFor(route, http);
  for (let tooLate = 0; ; tooLate += 1) {
    const travelled = await travel(http, product, route);
    if (!travelled.isTooLate || tooLate + 1 === TRIES_MAX) return { travelled, tooLate };
    console.log(`order ${travelled.orderId} could not be cancelled any more: it has left`);
  }
}

/** What the stores, the provider and the mailbox of a shop on this machine say. */
async function evidence({ local }: RunningShop, travelled: Travelled, ending: Ending) {
  const { orderId, correlation, seen } = travelled;
  if (!local) return { timeline: seen, mails: [], mistakes: [] };
  const books = await localMistakes(local, orderId, ending);
  const post = await localMails(local, travelled, ending);
  const timeline = await localTimeline(local, correlation, orderId);
  return { timeline, mails: post.mails, mistakes: [...books, ...post.mistakes] };
}

function unexpectedEnd({ status, reason }: Travelled, ending: Ending): string[] {
  if (ending.statuses.includes(status) && reason === ending.reason) return [];
  const why = ending.reason === '' ? '' : ` (${ending.reason})`;
  return [`it should have ended ${ending.statuses.join(' or ')}${why}`];
}

function told(timeline: readonly Happening[]): string[] {
  const start = Date.parse(timeline[0]?.at ?? '');
  return [...timeline].sort(byTime).map(({ at, service, event }) => {
    const after = `+${Date.parse(at) - start} ms`;
    return `${after.padStart(9)}  ${service.padEnd(10)} ${event}`;
  });
}

await runCommand({ usage: USAGE, options: OPTIONS, run });
