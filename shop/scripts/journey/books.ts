// After one order came to its end: is its money where it should be, and its stock?
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunningShop } from '../client/running-shop.ts';
import { readLedger } from '../evidence/ledger.ts';
import { storeFiles } from '../evidence/store-file.ts';

/** How the order has to end: '' is confirmed, else the reason of its cancellation. */
export interface Ending {
  readonly reason: string;
}

const SETTLE_MS_MAX = 10_000;
const LOOK_MS = 50;

/** What is wrong with the order's money and stock; waits up to 10 s for both to come right. */
export async function localMistakes(
  { data, run }: NonNullable<RunningShop['local']>,
  orderId: string,
  ending: Ending,
): Promise<string[]> {
  const deadline = performance.now() + SETTLE_MS_MAX;
  for (;;) {
    const mistakes = [
      ...(await moneyMistakes(run.provider.url, orderId, ending)),
      ...stockMistakes(data, orderId, ending),
    ];
    if (mistakes.length === 0 || performance.now() >= deadline) return mistakes;
    await sleep(LOOK_MS);
  }
}

async function moneyMistakes(provider: string, orderId: string, { reason }: Ending) {
  const kinds = (await readLedger(provider))
    .filter(({ reference }) => reference === orderId)
    .map(({ kind }) => kind);
  const expected = LEDGERS[reason] ?? [];
  const isRight = kinds.join() === expected.join();
  return isRight
    ? []
    : [`the ledger says ${kinds.join(', ') || 'nothing'}, not ${expected.join(', ') || 'nothing'}`];
}

/** What the provider must have done, by the reason of the end. */
const LEDGERS: Readonly<Record<string, readonly string[]>> = {
  '': ['authorised', 'captured'],
  PAYMENT_DECLINED: ['declined'],
  OUT_OF_STOCK: [],
};

function stockMistakes(data: string, orderId: string, { reason }: Ending): string[] {
  const stores = storeFiles(data);
  try {
    const all = stores.get('inventory')?.documents<{ status: string }>('reservations') ?? [];
    const found = [...all].find(({ id }) => id === orderId)?.data.status ?? 'none';
    const expected = RESERVATIONS[reason] ?? [];
    return expected.includes(found) ? [] : [`its stock is ${found}, not ${expected.join(' or ')}`];
  } finally {
    for (const store of stores.values()) store.close();
  }
}

/** What must have become of its claim on stock. */
const RESERVATIONS: Readonly<Record<string, readonly string[]>> = {
  '': ['sold'],
  PAYMENT_DECLINED: ['released'],
  OUT_OF_STOCK: ['none', 'released'],
};
