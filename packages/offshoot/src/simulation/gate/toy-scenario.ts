// What do people do with the toy shop, and what must be true of it in the end?
import type { OutsideAdapter } from '../../contract/index.ts';
import { Principal } from '../../security/index.ts';
import { every, one } from '../../store/index.ts';
import { leaseDrill } from '../drills/lease-drill.ts';
import { restoreDrill } from '../drills/restore-drill.ts';
import type { Final } from '../final.ts';
import type { Scenario } from '../simulate.ts';
import {
  depotService,
  desk,
  deskService,
  holds,
  type Placed,
  placed,
  STOCK,
  shelves,
  tallies,
} from './toy-shop.ts';

const ORDERS = 20;
const ASK_AGAIN = 3;

interface Ledger {
  /** One line a charge. */
  readonly lines: { readonly orderId: string; readonly quantity: number; readonly key: string }[];
}

/** A provider that remembers keys: a repeat has no second effect. Every fifth order is declined. */
function till(): OutsideAdapter {
  const answers = new Map<string, { charged: boolean }>();
  return {
    async call(_name, input, { key }) {
      const known = answers.get(key);
      if (known) return known;
      const { orderId, quantity } = input as { orderId: string; quantity: number };
      const charged = Number(orderId.slice(-1)) % 5 !== 0;
      if (charged) ledger.lines.push({ orderId, quantity, key });
      answers.set(key, { charged });
      return { charged };
    },
    async ask(_name, { key }) {
      return answers.get(key);
    },
  };
}

/** The ledger of the world that runs now: seeds run one after another. */
let ledger: Ledger = { lines: [] };

function violationsOf(final: Final): string[] {
  const found: string[] = [];
  const expect = (what: string, actual: number, wanted: number) => {
    if (actual !== wanted) found.push(`${what}: ${actual}, not ${wanted}`);
  };
  const load = <T>(service: string, need: any): T => final.service(service).store.load(need) as T;
  const orders = load<readonly { id: string; data: Placed }[]>('desk', every(placed));
  const shelf = load<any>('depot', one(shelves, 'all'))?.data ?? { free: STOCK, held: 0, sold: 0 };
  const held = load<readonly any[]>('depot', every(holds));
  const tally = load<any>('desk', one(tallies, 'all'))?.data ?? { placed: 0, echoed: 0 };
  const confirmed = orders.filter((order) => order.data.status === 'confirmed');
  expect('orders', orders.length, ORDERS);
  expect(
    'orders without an end',
    orders.filter((order) => order.data.status === 'pending').length,
    0,
  );
  expect('effects of place', tally.placed, ORDERS);
  for (const { id } of orders) {
    const lines = ledger.lines.filter((line) => line.orderId === id);
    expect(`charges of ${id}`, lines.length, confirmed.some((order) => order.id === id) ? 1 : 0);
  }
  const sold = ledger.lines.reduce((sum, line) => sum + line.quantity, 0);
  expect('sold', shelf.sold, sold);
  expect('echoed', tally.echoed, sold);
  expect('held', shelf.held, 0);
  expect('stock', shelf.free + shelf.held + shelf.sold, STOCK);
  const open = held.filter((hold) => hold.data.state === 'held').length;
  expect('holds left', open, 0);
  return found;
}

/** Twenty orders; each asked again with the same key after its answer, as impatient people do. */
export const toyScenario: Scenario = {
  hosts: { front: [deskService], back: [depotService] },
  outside: () => {
    ledger = { lines: [] };
    return { till: till() };
  },
  async workload(client) {
    const one = async (number: number): Promise<void> => {
      await client.sleep(client.world.random.next() * 5_000);
      const orderId = `o-${String(number).padStart(3, '0')}`;
      const person = new Principal({ kind: 'user', id: `u-${number % 4}` });
      const quantity = 1 + client.world.random.below(4);
      const ask = () => client.call(person, desk.place, { orderId, quantity }, `key-${number}`);
      const twice = client.world.random.chance(0.5) ? ask() : undefined;
      await ask();
      await twice;
      for (let again = 0; again < ASK_AGAIN; again += 1) {
        await client.sleep(client.world.random.next() * 1_000);
        await ask();
      }
    };
    await Promise.all(Array.from({ length: ORDERS }, (_, number) => one(number)));
  },
  invariants: (final) => violationsOf(final),
  beside: [leaseDrill(), restoreDrill()],
};
