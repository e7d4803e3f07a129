// What does one customer do, from sign-up to the end of their order, and what do they see?
import { setTimeout as sleep } from 'node:timers/promises';
import { OffshootError } from 'offshoot/error';
import { shown, times } from '../../contracts/money.ts';
import { type HttpClient, type Reply, untilFinal } from '../client/http-client.ts';
import type { Product } from '../client/products.ts';
import { randomLetters, type Shopper, shoppers } from '../client/shopper.ts';
import type { Route } from './route.ts';
import type { Happening } from './timeline.ts';

export interface Travelled {
  readonly orderId: string;
  readonly correlation: string;
  /** What was ordered and what it costs: `2 × Kettle, 54.90 EUR`. */
  readonly order: string;
  readonly status: string;
  readonly reason: string;
  /** It was to be cancelled, and had left the house already. */
  readonly isTooLate: boolean;
  /** What could be seen from outside. */
  readonly seen: readonly Happening[];
}

const END_MS_MAX = 60_000;
const LOOK_MS = 20;
const PENDING = 'pending';
/** The wish to cancel comes so much after the order, with a card that takes seconds. */
const CANCEL_BEFORE_MS = 500;

/** Every request says that it belongs to this journey. Waits up to a minute for the end. */
export async function travel(shop: HttpClient, product: Product, route: Route): Promise<Travelled> {
  const correlation = `journey-${randomLetters(12)}`;
  const http = correlated(shop, correlation);
  const seen: Happening[] = [];
  const see = (service: string, event: string) =>
    seen.push({ at: new Date().toISOString(), service, event });
  const [shopper] = await shoppers(http, 1);
  if (!shopper) throw new OffshootError('INTERNAL_ERROR', 'nobody signed up');
  see('identity', 'signed up and logged in');
  const deadline = performance.now() + END_MS_MAX;
  const { orderId, status } = await placed(http, shopper, product, route, deadline);
  see('orders', status);
  if (route.cancel === 'before') await sleep(CANCEL_BEFORE_MS);
  const placing = { http, headers: shopper.headers, orderId, deadline };
  const end = await followed(placing, route, (event) => see('orders', event));
  const order = `${route.quantity} × ${product.name}, ${shown(times(product.price, route.quantity))}`;
  return { orderId, correlation, order, ...end, seen };
}

/** An order and its customer, until `deadline` (milliseconds of `performance.now()`). */
interface Order extends Pick<Shopper, 'headers'> {
  readonly http: HttpClient;
  readonly orderId: string;
  readonly deadline: number;
}

/** Looks at the order until nothing is left to wait for; cancels it on the way if that is wished. */
async function followed(order: Order, { cancel, over }: Route, see: (event: string) => void) {
  const { http, headers, orderId, deadline } = order;
  let isWished = cancel !== undefined;
  let isTooLate = false;
  for (let last = PENDING; ; await sleep(LOOK_MS)) {
    const reply = await http.send('GET', `/api/v1/orders/${orderId}`, { headers });
    const { status, reason = '' } =
      reply.status === 200 ? JSON.parse(reply.body) : { status: last };
    if (status !== last) see(status);
    last = status;
    if (isWished && (cancel === 'before' || last !== PENDING)) {
      isWished = false;
      isTooLate = !(await cancelled(order));
      see(isTooLate ? 'refused to cancel' : 'took the wish to cancel');
    } else if (over.has(last) || performance.now() >= deadline)
      return { status: last, reason, isTooLate };
  }
}

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

async function placed(
  http: HttpClient,
  { headers, shippingAddress }: Shopper,
  product: Product,
  { quantity, method }: Route,
  deadline: number,
): Promise<{ readonly orderId: string; readonly status: string }> {
  const items = [{ productId: product.id, quantity }];
  const body = JSON.stringify({ items, shippingAddress, payment: { method } });
  const keyed = { ...headers, 'idempotency-key': `journey-${randomLetters(12)}` };
  const send = () => http.send('POST', '/api/v1/orders', { headers: keyed, body });
  const reply = await untilFinal(send, deadline);
  if (reply.status !== 202) throw unexpected('the order', reply);
  return JSON.parse(reply.body);
}

/** False when it is too late: the order has left the house. */
async function cancelled({ http, headers, orderId, deadline }: Order): Promise<boolean> {
  const send = () => http.send('POST', `/api/v1/orders/${orderId}/cancel`, { headers });
  const reply = await untilFinal(send, deadline);
  if (reply.status === 202) return true;
  if (reply.status === 409 && JSON.parse(reply.body).code === 'ILLEGAL_TRANSITION') return false;
  throw unexpected('the cancellation', reply);
}

const unexpected = (what: string, { status, body }: Reply) =>
  new OffshootError('BAD_UPSTREAM', `${what} was answered ${status}: ${body}`);
