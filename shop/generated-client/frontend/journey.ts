// What does a developer elsewhere write, who has the generated client and nothing else of the shop?

import { client } from './shop-client/client.gen.ts';
import {
  type CatalogListResponse,
  catalogList,
  identityLogin,
  identityLogout,
  identityRefresh,
  identitySignup,
  inventoryAvailability,
  notificationsList,
  type OrdersGetResponse,
  type OrdersPlaceData,
  type OrdersStatisticsResponse,
  ordersCancel,
  ordersGet,
  ordersList,
  ordersPlace,
  ordersStatistics,
  type Problem,
  type RecommendationsForUserResponse,
  recommendationsBoughtTogether,
  recommendationsForUser,
  type ShippingGetResponse,
  shippingGet,
  usersMe,
} from './shop-client/index.ts';

export interface Report {
  readonly userId: string;
  readonly userIdOfMe: string;
  /** So many were looked at. */
  readonly products: number;
  readonly orderId: string;
  readonly bought: OrdersGetResponse;
  /** The order that the same request with the same key named. */
  readonly repeated: string;
  readonly parcel: ShippingGetResponse['status'];
  readonly cancelled: OrdersGetResponse;
  /** The codes of what must be refused, in the order of asking. */
  readonly refusals: readonly string[];
  readonly listed: readonly string[];
  readonly statistics: OrdersStatisticsResponse;
  /** In so many orders two things were bought together. */
  readonly togetherIn: number;
  readonly basis: RecommendationsForUserResponse['basis'];
  /** What was written, oldest first. */
  readonly mails: readonly string[];
  /** The status of the answer. */
  readonly logout: number;
}

type Product = CatalogListResponse['items'][number];
type Order = OrdersPlaceData['body'];
type Status = OrdersGetResponse['status'];

const END_MS_MAX = 30_000;
const LOOK_MS = 50;
const PAGES_MAX = 3;
const PLENTY = 1_000;

let accessToken: string | undefined;

/** The whole way of a customer of the shop at `baseUrl`. Rejects when something is refused. */
export async function journey(baseUrl: string): Promise<Report> {
  client.setConfig({ baseUrl, auth: () => accessToken });
  const { userId, refreshToken } = await logIn();
  const products = await browse();
  const [kettle, cup] = await inStock(products);
  if (!kettle || !cup) throw new Error('there is nothing to buy');
  const purchase = await buy(kettle, cup);
  const cancelled = await changeMind(cup);
  const lookedBack = await lookBack(kettle, cup);
  const session = await logOut(refreshToken);
  return {
    ...{ userId, products: products.length, ...purchase, cancelled, ...lookedBack, ...session },
    refusals: [...purchase.refusals, ...session.refusals],
  };
}

async function logIn() {
  const email = `${crypto.randomUUID()}@example.test`;
  const password = crypto.randomUUID();
  const name = 'Ada Generated';
  const { userId } = good(await identitySignup({ body: { email, password, name } }));
  const session = good(await identityLogin({ body: { email, password } }));
  accessToken = session.accessToken;
  return { userId, refreshToken: session.refreshToken };
}

/** Both in one order, waited for until it is shipped; then it is too late to cancel it. */
async function buy(...products: readonly Product[]) {
  const body = order('pm_card_visa', ...products);
  // @ts-expect-error: nothing is ordered without an idempotency key, and the types know it.
  const keyless = await ordersPlace({ body });
  const headers = newKey();
  const { orderId } = good(await ordersPlace({ headers, body }));
  const { orderId: repeated } = good(await ordersPlace({ headers, body }));
  const bought = await until(orderId, 'shipped');
  const tooLate = await ordersCancel({ path: { orderId } });
  const { status: parcel } = good(await shippingGet({ path: { orderId } }));
  return { orderId, repeated, bought, parcel, refusals: [codeOf(keyless), codeOf(tooLate)] };
}

async function changeMind(product: Product): Promise<OrdersGetResponse> {
  const body = order('pm_card_slow', product);
  const path = { orderId: good(await ordersPlace({ headers: newKey(), body })).orderId };
  good(await ordersCancel({ path }));
  return until(path.orderId, 'cancelled');
}

/** What the shop makes of it all, once it has. */
async function lookBack(one: Product, other: Product) {
  const { items } = good(await ordersList({ query: { limit: 5 } }));
  const statistics = good(await ordersStatistics());
  const together = await eventually(async () => {
    const asked = { path: { productId: one.id }, query: { limit: 20 } };
    const found = good(await recommendationsBoughtTogether(asked)).items;
    return found.find(({ productId }) => productId === other.id);
  });
  const { basis } = good(await recommendationsForUser({ query: { limit: 3 } }));
  const mails = await eventually(async () => {
    const { items: sent } = good(await notificationsList());
    return sent.length >= 3 ? sent.map(({ kind }) => kind).reverse() : undefined;
  });
  const listed = items.map(({ orderId, status }) => `${orderId} ${status}`);
  return { listed, statistics, togetherIn: together.orders, basis, mails };
}

/** Renews the session first, and ends it; what is left of it opens nothing. */
async function logOut(refreshToken: string) {
  const renewed = good(await identityRefresh({ body: { refreshToken } }));
  accessToken = renewed.accessToken;
  const { userId: userIdOfMe } = good(await usersMe());
  const body = { refreshToken: renewed.refreshToken };
  const { response } = await identityLogout({ body });
  const loggedOut = await identityRefresh({ body });
  return { userIdOfMe, logout: response?.status ?? 0, refusals: [codeOf(loggedOut)] };
}

/** The first pages of what the shop lists. */
async function browse(): Promise<Product[]> {
  const all: Product[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const query = cursor === undefined ? { limit: 30 } : { limit: 30, cursor };
    const { items, next } = good(await catalogList({ query }));
    all.push(...items);
    if (next === null) break;
    cursor = next;
  }
  return all;
}

async function inStock(products: readonly Product[]): Promise<Product[]> {
  const items = products.map(({ sku }) => ({ sku, quantity: PLENTY }));
  const { missing } = good(await inventoryAvailability({ body: { items } }));
  return products.filter(({ sku }) => !missing.some((one) => one.sku === sku));
}

const newKey = () => ({ 'Idempotency-Key': crypto.randomUUID() });

const order = (method: string, ...products: readonly Product[]): Order => ({
  items: products.map(({ id }) => ({ productId: id, quantity: 2 })),
  shippingAddress: {
    name: 'Ada Generated',
    street: '1 Compiler Row',
    city: 'Marlow Quay',
    postalCode: 'MQ1 2AB',
    country: 'GB',
  },
  payment: { method },
});

const until = (orderId: string, status: Status): Promise<OrdersGetResponse> =>
  eventually(async () => {
    const found = good(await ordersGet({ path: { orderId } }));
    return found.status === status ? found : undefined;
  });

/** What is found at last. Rejects after 30 s. */
async function eventually<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  const deadline = performance.now() + END_MS_MAX;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error('what was waited for never came');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const codeOf = ({ error }: { error?: Problem | undefined }) => error?.code ?? 'none';

/** The answer, where it is the one that was asked for. */
function good<Data>({ data, error }: { data?: Data; error?: unknown }): Data {
  if (data === undefined) throw new Error(`refused: ${JSON.stringify(error)}`);
  return data;
}
