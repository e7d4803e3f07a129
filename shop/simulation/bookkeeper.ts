// Who compares payments with the provider's ledger in the very moment in which the money moves?
import { Principal } from 'offshoot/security';
import type { Client } from 'offshoot/simulation';
import { payments } from '../contracts/index.ts';

/** In few worlds: what is mended here is a fault of the checkout that nobody else would see. */
const CHANCE = 0.2;
const ROUNDS = 4;
const PAUSE_MS_MAX = 12_000;
const PAGES_MAX = 100;
const BOOKKEEPER = new Principal({ kind: 'user', id: 'bookkeeper', roles: ['admin'] });

/**
 * Reconciles again and again while people shop, and takes nothing for too young: what it mends it
 * mends in a race with checkouts and refunds. Goes home when `isOver`. Rejects when something is beyond
 * mending.
 */
export async function bookkeep(client: Client, isOver: () => boolean): Promise<void> {
  const { random } = client.world;
  if (!random.chance(CHANCE)) return;
  for (let round = 0; round < ROUNDS; round += 1) {
    await client.sleep(random.next() * PAUSE_MS_MAX);
    if (isOver()) return;
    await everyPage(client, `reconcile-${round}`);
  }
}

async function everyPage(client: Client, name: string): Promise<void> {
  for (let after = '', page = 0; page < PAGES_MAX; page += 1) {
    const key = `${name}-${page}`;
    const input = { minAgeMs: 0, after };
    const { differences, next } = await client.call(BOOKKEEPER, payments.reconcile, input, key);
    const [lost] = differences.filter(({ outcome }) => outcome === 'unmended');
    if (lost) throw new Error(`order ${lost.orderId} is beyond mending: ${JSON.stringify(lost)}`);
    if (next === null) return;
    after = next;
  }
}
