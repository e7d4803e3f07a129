// What happens to one order, from sign-up to its end? `npm run journey`.
import { setTimeout as sleep } from 'node:timers/promises';
import { OffshootError } from 'offshoot/error';
import { type HttpClient, httpClient, untilFinal } from './client/http-client.ts';
import { assortment, type Product } from './client/products.ts';
import { assertReady, runningShop } from './client/running-shop.ts';
import { randomLetters, shoppers } from './client/shopper.ts';
import { type Command, EXIT, runCommand, usageError } from './command/command-line.ts';
import { type Ending, localMistakes } from './journey/books.ts';
import { localMails } from './journey/mails.ts';
import { byTime, type Happening, localTimeline } from './journey/timeline.ts';

const USAGE = `usage: npm run journey -- [options]
  --decline       pay with a card that is declined
  --out-of-stock  order more than there is
  --until STATUS  how far to follow a paid order: confirmed (default) or shipped
  --url URL       the shop, when it is not the one of OFFSHOOT_DATA
  --json          the outcome as the last line on stdout`;

const OPTIONS = {
  decline: { type: 'boolean' },
  'out-of-stock': { type: 'boolean' },
  until: { type: 'string' },
  url: { type: 'string' },
  json: { type: 'boolean' },
} as const;

/** What is ordered, and how it has to end. */
interface Route {
  readonly product: Product;
  readonly quantity: number;
  readonly method: string;
  readonly ending: Ending;
}

const END_MS_MAX = 60_000;
const LOOK_MS = 20;
const TOO_MANY = 1_000;
/** Statuses at which the journey is over, by how far it was to go. */
const OVER: Readonly<Record<string, ReadonlySet<string>>> = {
  confirmed: new Set(['confirmed', 'shipped', 'delivered', 'cancelled']),
  shipped: new Set(['shipped', 'delivered', 'cancelled']),
};

const run: Command<typeof OPTIONS>['run'] = async (values) => {
  const { decline = false, 'out-of-stock': outOfStock = false, json = false } = values;
  if (decline && outOfStock) throw usageError('give --decline or --out-of-stock, not both');
  const over = OVER[values.until ?? 'confirmed'];
  if (!over) throw usageError(`--until ${values.until} is neither confirmed nor shipped`);
  const shop = runningShop(values.url);
  const correlation = `journey-${randomLetters(12)}`;
  const http = correlated(httpClient(shop.url, 4), correlation);
  try {
    await assertReady(http, shop);
    const route = await routeOf(http, decline, outOfStock);
    const { orderId, status, reason, seen } = await travel(http, route, over);
    const expected = route.ending;
    const books = shop.local ? await localMistakes(shop.local, orderId, expected) : [];
    const post = shop.local && (await localMails(shop.local, correlation, orderId));
    const timeline = shop.local ? await localTimeline(shop.local, correlation, orderId) : seen;
    for (const line of told(timeline)) console.log(line);
    const other = isAsExpected(over, status, reason, expected)
      ? []
      : ['it should have ended otherwise'];
    for (const { subject } of post?.mails ?? []) console.log(`mail: ${subject}`);
    const wrong = [...other, ...books, ...(post?.mistakes ?? [])];
    const end = reason ? `${status} (${reason})` : status;
    console.log(
      `order ${orderId} ended ${end}${wrong.length === 0 ? '' : `: ${wrong.join('; ')}`}`,
    );
    if (wrong.length === 0 && shop.local) console.log('money, stock and mails are right');
    if (json) console.log(JSON.stringify({ orderId, status, timeline, mails: post?.mails ?? [] }));
    return wrong.length === 0 ? EXIT.ok : EXIT.failed;
  } finally {
    http.close();
  }
};

/** Every request says that it belongs to this journey. */
function correlated(http: HttpClient, correlation: string): HttpClient {
  return {
    send(method, path, sending = {}) {
      const headers = { ...sending.headers, 'x-correlation-id': correlation };
      return http.send(method, path, { ...sending, headers });
    },
    get inFlight() {
      return http.inFlight;
    },
    close: http.close,
  };
}

async function routeOf(http: HttpClient, decline: boolean, outOfStock: boolean): Promise<Route> {
  const { plenty, scarce } = await assortment(http);
  const product = outOfStock ? scarce[0] : plenty[0];
  if (!product) throw new OffshootError('BAD_UPSTREAM', 'the shop lists no product for this route');
  const method = decline ? 'pm_card_declined' : 'pm_card_visa';
  if (outOfStock)
    return { product, quantity: TOO_MANY, method, ending: { reason: 'OUT_OF_STOCK' } };
  const ending = decline ? { reason: 'PAYMENT_DECLINED' } : { reason: '' };
  return { product, quantity: 2, method, ending };
}

interface Travelled {
  readonly orderId: string;
  readonly status: string;
  readonly reason: string;
  /** What could be seen from outside. */
  readonly seen: readonly Happening[];
}

async function travel(
  http: HttpClient,
  route: Route,
  over: ReadonlySet<string>,
): Promise<Travelled> {
  const seen: Happening[] = [];
  const see = (service: string, event: string) =>
    seen.push({ at: new Date().toISOString(), service, event });
  const [shopper] = await shoppers(http, 1);
  if (!shopper) throw new OffshootError('INTERNAL_ERROR', 'nobody signed up');
  see('identity', 'signed up and logged in');
  const { product, quantity, method } = route;
  const items = [{ productId: product.id, quantity }];
  const { headers, shippingAddress } = shopper;
  const body = JSON.stringify({ items, shippingAddress, payment: { method } });
  const keyed = { ...headers, 'idempotency-key': `journey-${randomLetters(12)}` };
  const deadline = performance.now() + END_MS_MAX;
  const send = () => http.send('POST', '/api/v1/orders', { headers: keyed, body });
  const placed = await untilFinal(send, deadline);
  if (placed.status !== 202)
    throw new OffshootError(
      'BAD_UPSTREAM',
      `the order was answered ${placed.status}: ${placed.body}`,
    );
  const { orderId, status: first } = JSON.parse(placed.body) as Travelled;
  see('orders', first);
  for (let last = first; ; ) {
    const reply = await http.send('GET', `/api/v1/orders/${orderId}`, { headers });
    const order = reply.status === 200 ? JSON.parse(reply.body) : { status: last };
    if (order.status !== last) see('orders', order.status);
    last = order.status;
    const isOver = over.has(last) || performance.now() >= deadline;
    if (isOver) return { orderId, status: last, reason: order.reason ?? '', seen };
    await sleep(LOOK_MS);
  }
}

function isAsExpected(
  over: ReadonlySet<string>,
  status: string,
  reason: string,
  expected: Ending,
): boolean {
  if (expected.reason === '') return over.has(status) && status !== 'cancelled';
  return status === 'cancelled' && reason === expected.reason;
}

function told(timeline: readonly Happening[]): string[] {
  const start = Date.parse(timeline[0]?.at ?? '');
  return [...timeline].sort(byTime).map(({ at, service, event }) => {
    const after = `+${Date.parse(at) - start} ms`;
    return `${after.padStart(9)}  ${service.padEnd(10)} ${event}`;
  });
}

await runCommand({ usage: USAGE, options: OPTIONS, run });
