// After one order came to its end: are its money, its stock and its parcel where they should be?
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningShop } from '../client/running-shop.ts';
import { readLedger } from '../evidence/ledger.ts';
import { openStores } from '../evidence/stores.ts';
import type { Ending } from './ending.ts';

const SETTLE_MS_MAX = 10_000;
const LOOK_MS = 50;

/** What is wrong with them; waits up to 10 s for all to come right. */
export async function localMistakes(
  { data, run }: NonNullable<RunningShop['local']>,
  orderId: string,
  ending: Ending,
): Promise<string[]> {
  const deadline = performance.now() + SETTLE_MS_MAX;
  for (;;) {
    const { reservation, shipment } = await storedAbout(data, orderId);
    const mistakes = [
      ...unlike('the ledger says', await ledgerOf(run.provider.url, orderId), ending.ledgers),
      ...unlike('its stock is', reservation, ending.reservations),
      ...unlike('its shipment is', shipment, ending.shipments),
    ];
    if (mistakes.length === 0 || performance.now() >= deadline) return mistakes;
    await sleep(LOOK_MS);
  }
}

function unlike(what: string, found: string, expected: readonly string[]): string[] {
  return expected.includes(found) ? [] : [`${what} ${found}, not ${expected.join(' or ')}`];
}

async function ledgerOf(provider: string, orderId: string): Promise<string> {
  const lines = (await readLedger(provider)).filter(({ reference }) => reference === orderId);
  return lines.map(({ kind }) => kind).join(', ') || 'nothing';
}

async function storedAbout(data: string, orderId: string) {
  const stores = await openStores({ data });
  const statusIn = (service: string, collection: string) => {
    const all = stores.get(service)?.documents<{ status: string }>(collection) ?? [];
    return [...all].find(({ id }) => id === orderId)?.data.status ?? 'none';
  };
  try {
    return {
      reservation: statusIn('inventory', 'reservations'),
      shipment: statusIn('shipping', 'shipments'),
    };
  } finally {
    for (const store of stores.values()) store.close();
  }
}
