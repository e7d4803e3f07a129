// Does a checkout without a conductor come to its end, whatever fails on the way?
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isRefused } from 'offshoot/contract';
import { ANONYMOUS } from 'offshoot/security';
import { type Client, type Final, type Scenario, simulate } from 'offshoot/simulation';
import { every, type Need, START, type Store } from 'offshoot/store';
import * as contracts from './contracts.ts';
import { claims, inventory, stock } from './inventory.ts';
import { orders, rows } from './orders.ts';
import { charges, DECLINED, payments } from './payments.ts';

const SEEDS = 30;
const ORDERS = 12;
const SKU = 'POT-0001';
/** Enough for some, not for all. */
const PIECES = 12;
const PRICE = 250;
const PATIENCE = 2_000;

async function order(client: Client, number: number): Promise<void> {
  const { random } = client.world;
  await client.sleep(random.next() * 5_000);
  const quantity = 1 + random.below(3);
  const method = random.chance(0.3) ? DECLINED : 'pm_card_visa';
  const total = { amount: quantity * PRICE, currency: 'EUR' };
  const input = { sku: SKU, quantity, total, method };
  const placed = await client.call(ANONYMOUS, contracts.orders.place, input, `order-${number}`);
  if (isRefused(placed)) throw new Error(`order ${number} was refused`);
  for (let look = 0; look < PATIENCE; look += 1) {
    await client.sleep(500);
    const seen = await client.call(ANONYMOUS, contracts.orders.get, placed, client.id());
    if (!isRefused(seen) && seen.status !== 'pending') return;
  }
  throw new Error(`order ${placed.orderId} never came to an end`);
}

async function workload(client: Client): Promise<void> {
  const input = { sku: SKU, quantity: PIECES };
  await client.call(ANONYMOUS, contracts.inventory.restock, input, 'restock');
  await Promise.all(Array.from({ length: ORDERS }, (_, number) => order(client, number)));
}

const read = <T>(store: Store, need: Need<T>): T => store.load(need) as T;

function invariants(final: Final): string[] {
  const found: string[] = [];
  const storeOf = (name: string) => final.service(name).store;
  const claimed = new Map(
    read(storeOf('inventory'), every(claims)).map(({ id, data }) => [id, data]),
  );
  const charged = new Map(
    read(storeOf('payments'), every(charges)).map(({ id, data }) => [id, data.amount]),
  );
  let sold = 0;
  const all = read(storeOf('orders'), every(rows));
  if (all.length !== ORDERS) found.push(`${all.length} orders`);
  for (const { id, data } of all) {
    const claim = claimed.get(id);
    const isHeld = claim !== undefined && !claim.isReleased;
    if (data.status === 'pending') found.push(`order ${id} is pending`);
    const stands = data.status === 'confirmed';
    if (isHeld !== stands) found.push(`order ${id} is ${data.status}, its stock held: ${isHeld}`);
    const due = stands && claim ? claim.quantity * PRICE : undefined;
    if (charged.get(id) !== due) found.push(`order ${id} is ${data.status}, its money is not`);
    if (stands) sold += claim?.quantity ?? 0;
  }
  const [shelf] = read(storeOf('inventory'), every(stock));
  if (shelf?.data.taken !== sold || shelf.data.available !== PIECES - sold)
    found.push(`${JSON.stringify(shelf?.data)} after ${sold} were sold`);
  return found;
}

const services = [orders, inventory, payments];
const together = { example: services };
const apart = Object.fromEntries(services.map((one) => [one.name, [one]]));

describe('the choreographed checkout', () => {
  test(`comes to an end in ${SEEDS} worlds full of faults, every fact told once`, async () => {
    const told = new Set<string>();
    for (let seed = 1n; seed <= SEEDS; seed += 1n) {
      const scenario: Scenario = {
        hosts: seed % 3n === 0n ? together : apart,
        workload,
        invariants(final) {
          for (const { name } of services) {
            const { entries } = final.service(name).store.readLog(START, 10_000) as Awaited<
              ReturnType<Store['readLog']>
            >;
            for (const { type } of entries) told.add(type);
          }
          return invariants(final);
        },
      };
      const { violations } = await simulate(scenario, seed);
      assert.deepEqual(violations, [], `seed ${seed}`);
    }
    assert.deepEqual([...told].sort(), [
      'inventory.released',
      'inventory.reservation_failed',
      'inventory.reserved',
      'order.cancelled',
      'order.confirmed',
      'order.created',
      'payment.failed',
      'payment.processed',
    ]);
  });

  test('has no conductor: nobody runs a saga, and no service calls another', () => {
    for (const { sagas, handlers } of services) {
      assert.deepEqual(sagas, []);
      for (const { handling } of handlers.values()) assert.equal(handling.prepare, undefined);
    }
  });
});
