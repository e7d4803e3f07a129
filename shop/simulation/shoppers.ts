// What do people do in a simulated shop? They sign up, order, regret, ask again, and wait.
import { type InputFor, isRefused } from 'offshoot/contract';
import { asOffshootError } from 'offshoot/error';
import { ANONYMOUS, Principal, servicePrincipal } from 'offshoot/security';
import type { Client } from 'offshoot/simulation';
import { CATALOGUE } from '../catalogue/index.ts';
import { catalog, identity, inventory, orders, shipping } from '../contracts/index.ts';
import { bookkeep } from './bookkeeper.ts';

const ORDERS = 20;
/** Orders of one world, fewer while a failure is shrunk. */
export const ordersOf = (share: number): number => Math.max(1, Math.round(ORDERS * share));
const SHOPPERS = 5;
const SHOPPING_MS = 6_000;
const PATIENCE_MS = 40 * 60_000;
/** Whoever finds this in a log has found a plain name. */
export const CANARY = 'Zephyrine';

/** Six things that never run out, and one of which there are three. */
const ample = CATALOGUE.filter(({ stock }) => stock.quantity > 1_000).slice(0, 6);
const scarce = CATALOGUE.filter(({ stock }) => stock.quantity > 0 && stock.quantity < 10).slice(
  0,
  1,
);
const assortment = [...ample, ...scarce];

const METHODS = [
  ...Array<string>(8).fill('pm_card_visa'),
  'pm_card_declined',
  'pm_card_insufficient_funds',
  'pm_card_slow',
  'pm_card_drop_after_charge',
  'pm_card_drop_after_charge',
  'pm_card_error',
  'pm_card_twice',
] as const;

const address = {
  name: `${CANARY} Quillfeather`,
  street: '7 Larkspur Terrace',
  city: 'Upper Meadow',
  postalCode: '10 042',
  country: 'Avaria',
};

async function openShop(client: Client): Promise<void> {
  const products = assortment.map(({ stock, ...product }) => product);
  const items = assortment.map(({ sku, stock }) => ({ sku, ...stock }));
  await client.call(servicePrincipal('catalog'), catalog.seed, { products }, 'seed');
  await client.call(servicePrincipal('inventory'), inventory.seedStock, { items }, 'seed');
}

async function signUp(client: Client, number: number): Promise<Principal> {
  const input = {
    email: `${CANARY}.${number}@example.test`,
    password: 'correct horse battery',
    name: `${CANARY} Quillfeather ${number}`,
  };
  const answer = await client.call(ANONYMOUS, identity.signup, input, `signup-${number}`);
  if (isRefused(answer)) throw new Error(`sign-up ${number} was refused: ${answer.refusal}`);
  return new Principal({ kind: 'user', id: answer.userId, roles: ['customer'] });
}

/** An order of somebody's that is being followed. */
interface Followed {
  readonly client: Client;
  readonly who: Principal;
  readonly orderId: string;
}

/** Looks every `everyMs` to twice that at first, and less often as it drags on. */
async function until(
  { client, who, orderId }: Followed,
  wanted: ReadonlySet<string>,
  everyMs: number,
): Promise<string> {
  for (let waited = 0; waited < PATIENCE_MS; ) {
    const pauseMs = Math.min(Math.max(everyMs, waited / 6), PAUSE_MS_MAX);
    const ms = pauseMs * (1 + client.world.random.next());
    await client.sleep(ms);
    waited += ms;
    const key = `get-${client.id()}`;
    const seen = await client.call(who, orders.get, { orderId }, key);
    if (isRefused(seen)) throw new Error(`order ${orderId} is not to be found by who placed it`);
    if (wanted.has(seen.status)) return seen.status;
  }
  throw new Error(`order ${orderId} never came to an end`);
}

const SETTLED = new Set(['confirmed', 'shipped', 'delivered', 'cancelled']);
const ENDED = new Set(['shipped', 'delivered', 'cancelled']);
const LOOK_MS = 900;
const PAUSE_MS_MAX = 30_000;
const REGRET_MS_MAX = 2_500;

/** Changes their mind: soon after ordering, or in the moment in which it is confirmed. */
async function regret(followed: Followed): Promise<boolean> {
  const { client, who, orderId } = followed;
  const { random } = client.world;
  if (random.chance(0.5)) await client.sleep(random.next() ** 3 * REGRET_MS_MAX);
  else await until(followed, SETTLED, 30);
  const answer = await client.call(who, orders.cancel, { orderId }, `cancel-${orderId}`);
  if (!isRefused(answer)) return true;
  if (answer.refusal !== 'ILLEGAL_TRANSITION')
    throw new Error(`the cancellation of ${orderId} was refused: ${answer.refusal}`);
  return false;
}

/** A carrier who comes too early comes again. */
async function handOver({ client, orderId }: Followed): Promise<void> {
  for (let round = 0; round < HAND_OVERS_MAX; round += 1) {
    const answer = await client.call(CARRIER, shipping.deliver, { orderId }, `${client.id()}`);
    if (!isRefused(answer)) return;
    await client.sleep(1_000);
  }
  throw new Error(`the things of order ${orderId} could never be handed over`);
}

const HAND_OVERS_MAX = 100;
const EARLY_FROM_MS_MAX = 2_000;
const EARLY_MAX = 6;
const EARLY_MS = 250;
const CARRIER = new Principal({ kind: 'user', id: 'carrier-1', roles: ['carrier'] });
const DELIVERED = new Set(['delivered']);

/** A carrier who is at the door before anybody knows that the order has left: or will be stopped. */
async function comeEarly({ client, orderId }: Followed): Promise<void> {
  await client.sleep(client.world.random.next() * EARLY_FROM_MS_MAX);
  for (let round = 0; round < EARLY_MAX; round += 1) {
    await client.sleep(client.world.random.next() * EARLY_MS);
    const answer = await client.call(CARRIER, shipping.deliver, { orderId }, `${client.id()}`);
    if (!isRefused(answer)) return;
  }
}

async function accompany(followed: Followed): Promise<void> {
  const { random } = followed.client.world;
  const isAccepted = random.chance(0.4) && (await regret(followed));
  const status = await until(followed, ENDED, LOOK_MS);
  if (isAccepted && status !== 'cancelled')
    throw new Error(`order ${followed.orderId} was cancelled by its customer, and is ${status}`);
  if (status !== 'shipped' || random.chance(0.5)) return;
  await handOver(followed);
  await until(followed, DELIVERED, LOOK_MS);
}

async function follow(followed: Followed): Promise<void> {
  const isEarly = followed.client.world.random.chance(0.4);
  await Promise.all([accompany(followed), isEarly ? comeEarly(followed) : undefined]);
}

async function order(client: Client, who: Principal, number: number): Promise<void> {
  const { random } = client.world;
  await client.sleep(random.next() * SHOPPING_MS);
  const lines = 1 + random.below(3);
  const items = Array.from({ length: lines }, () => ({
    productId: assortment[random.below(assortment.length)]!.id,
    quantity: 1 + random.below(3),
  }));
  const method = METHODS[random.below(METHODS.length)]!;
  const input = { items, shippingAddress: address, payment: { method } };
  // Everybody numbers their own orders: keys of different people are alike.
  const key = `order-${Math.floor(number / SHOPPERS)}`;
  const ask = () => client.call(who, orders.place, input, key);
  const impatient = random.chance(0.3) ? ask() : undefined;
  impatient?.catch(() => {}); // looked at below, unless the other one fails before
  const first = await ask();
  const again = await (impatient ?? (random.chance(0.3) ? ask() : first));
  if (random.chance(0.1)) await orderAnother(client, who, { ...input, items: items.slice(1) }, key);
  if (isRefused(first) || isRefused(again)) throw new Error(`order ${number} was refused`);
  if (first.orderId !== again.orderId) throw new Error(`order ${number} was taken twice`);
  await follow({ client, who, orderId: first.orderId });
}

/** A key that was used says nothing new: for something else it is refused, and not answered. */
async function orderAnother(
  client: Client,
  who: Principal,
  input: InputFor<typeof orders.place>,
  key: string,
): Promise<void> {
  const [line] = assortment;
  const items = [...input.items, { productId: line!.id, quantity: 9 }];
  const answer = await client
    .call(who, orders.place, { ...input, items }, key)
    .catch((error: unknown) => asOffshootError(error).code);
  if (answer !== 'IDEMPOTENCY_KEY_REUSED')
    throw new Error(`another order with the key ${key} of ${who.name} was not refused`);
}

/** Opens the shop, then five people place twenty orders within six seconds. */
export async function shop(client: Client): Promise<void> {
  await openShop(client);
  const people = await Promise.all(
    Array.from({ length: SHOPPERS }, (_, number) => signUp(client, number)),
  );
  const each = (_: unknown, number: number) => order(client, people[number % SHOPPERS]!, number);
  let isOver = false;
  const books = bookkeep(client, () => isOver);
  const shopping = Promise.all(Array.from({ length: ordersOf(client.share) }, each)).then(() => {
    isOver = true;
  });
  await Promise.all([books, shopping]);
}
