// What do the customers, the bank and the stall say when releases change under them? One rehearsal for every store.
import assert from 'node:assert/strict';
import { BEFORE, type Load, load, NEXT, type Stage, until } from './stage.ts';

interface Told {
  readonly id: string;
  readonly status: string;
  readonly by: string;
  readonly heard: number;
}
interface Account {
  readonly id: string;
  readonly captures: number;
  readonly receipts?: number;
  readonly released?: boolean;
}

/** All pages: of ids in their order. */
async function pages<T extends { readonly id: string }>(
  page: (after: string) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (let read = await page(''); read.length > 0; read = await page(all.at(-1)!.id))
    all.push(...read);
  return all;
}

const ordersOf = ({ call }: Stage): Promise<readonly Told[]> =>
  pages(async (after) => (await call('stall', 'orders', { after })).orders);
const accountsOf = async ({ call }: Stage): Promise<ReadonlyMap<string, Account>> => {
  const all = await pages<Account>(
    async (after) => (await call('bank', 'tally', { after })).accounts,
  );
  return new Map(all.map((one) => [one.id, one]));
};

/** Every order was accepted once, and came to its end once: paid and kept, or refused and undone. */
async function settled(on: Stage, { acknowledged, failed }: Load): Promise<readonly Told[]> {
  assert.deepEqual(failed, [], 'no customer was told of a failure');
  await until('every order has ended', async () =>
    (await ordersOf(on)).every(({ status }) => status !== 'open'),
  );
  const isHeard = ({ status, heard }: Told) => heard > 0 || status === 'refused';
  await until('every capture was heard of', async () => (await ordersOf(on)).every(isHeard));
  const [orders, accounts] = [await ordersOf(on), await accountsOf(on)];
  assert.deepEqual(orders.map(({ id }) => id).sort(), [...acknowledged].sort());
  for (const { id, status, heard } of orders) {
    const { captures, released = false } = accounts.get(id)!;
    const isPoor = id.startsWith('poor');
    assert.equal(status, isPoor ? 'refused' : 'confirmed', id);
    assert.deepEqual([captures, heard], isPoor ? [0, 0] : [1, 1], id);
    assert.equal(released, isPoor, `${id}: undone exactly if it was not paid`);
  }
  return orders;
}

/**
 * Rolls the next release out host by host, back on one, and out again, while orders come in: both
 * releases have accepted some, each in both places, and nothing was lost, doubled or failed.
 */
export async function sideBySide(on: Stage): Promise<{ readonly orders: number }> {
  await on.start('first', BEFORE);
  await on.start('second', BEFORE);
  const customers = load(on);
  const replace = async (name: 'first' | 'second', release: typeof BEFORE) => {
    await customers.more(20);
    await on.end(name);
    await on.start(name, release);
    await customers.more(40);
  };
  await replace('second', NEXT); // N beside N-1, which has the older schema under it
  await replace('first', NEXT);
  await replace('second', BEFORE); // N-1 beside N, on the newer schema
  await replace('second', NEXT);
  await customers.stop();
  const orders = await settled(on, customers);
  for (const edition of ['before', 'next'])
    assert.ok(orders.filter(({ by }) => by === edition).length >= 20, `${edition} accepted some`);
  return { orders: orders.length };
}

/**
 * The bank is rolled back on both hosts, one of which is killed for it, while sagas of the next
 * release run: those that have paid wait for the bank of their release, and end with it.
 */
export async function rolledBackCallee(on: Stage): Promise<{ readonly waited: number }> {
  const forward = { ...NEXT, build: 'before' } as const;
  const back = { ...forward, bank: 'before' } as const;
  await on.start('first', forward);
  await on.start('second', forward);
  const customers = load(on);
  await customers.more(30);
  await on.end('second', 'killed');
  await on.start('second', back);
  await on.end('first');
  await on.start('first', back);
  const paidAndWaiting = async () => {
    const accounts = await accountsOf(on);
    const open = (await ordersOf(on)).filter(({ status }) => status === 'open');
    return open.filter(({ id }) => (accounts.get(id)?.captures ?? 0) > 0).length;
  };
  await until('paid orders wait for their receipt', async () => (await paidAndWaiting()) >= 30);
  const waited = await paidAndWaiting();
  for (const { released, captures } of (await accountsOf(on)).values())
    assert.ok(!released || captures === 0, 'no paid order is compensated');
  await on.end('first');
  await on.start('first', forward);
  await on.end('second');
  await on.start('second', forward);
  await customers.stop();
  await settled(on, customers);
  const receipts = [...(await accountsOf(on)).values()].filter(({ captures }) => captures > 0);
  for (const { id, receipts: times } of receipts) assert.equal(times, 1, id);
  return { waited };
}
