// What happened to one order, service by service? Joined from all logs by its correlation id.
import type { RunningShop } from '../client/running-shop.ts';
import { readLedger } from '../evidence/ledger.ts';
import type { LogEntry } from '../evidence/store-file.ts';
import { openStores } from '../evidence/stores.ts';

export interface Happening {
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly service: string;
  readonly event: string;
}

type Local = NonNullable<RunningShop['local']>;

/** Oldest first. */
export const byTime = (one: Happening, other: Happening) =>
  one.at < other.at ? -1 : one.at > other.at ? 1 : 0;

/** Everything with this correlation id, and what the provider did for the order. */
export async function localTimeline(
  { data, run }: Local,
  correlation: string,
  orderId: string,
): Promise<Happening[]> {
  const entries: { readonly id: string; readonly happening: Happening }[] = [];
  const stores = await openStores({ data });
  for (const [service, store] of stores) {
    for (const entry of store.correlated(correlation)) {
      const at = new Date(writtenAt(entry.id)).toISOString();
      entries.push({ id: entry.id, happening: { at, service, event: eventOf(entry) } });
    }
    store.close();
  }
  // Ids are ordered in time, finer than milliseconds.
  entries.sort((one, other) => (one.id < other.id ? -1 : 1));
  const ledger = (await readLedger(run.provider.url))
    .filter(({ reference }) => reference === orderId)
    .map(({ at, kind }) => ({ at, service: 'provider', event: kind }));
  return [...ledger, ...entries.map(({ happening }) => happening)].sort(byTime);
}

/** A UUIDv7 begins with the time: that of the writing, where `at` is that of the request. */
const writtenAt = (id: string) => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

function eventOf({ type, data }: LogEntry): string {
  if (type !== 'saga.step') return type;
  const { step, direction, outcome } = JSON.parse(data);
  const what = direction === 'back' ? `${step} undone` : step;
  return `saga.step ${what}: ${outcome.code ?? outcome.kind}`;
}
