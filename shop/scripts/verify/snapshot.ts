// What is the state of every store at one moment, and has everything come to rest in it?
import { setTimeout as sleep } from 'node:timers/promises';
import { type LedgerEntry, readLedger } from '../evidence/ledger.ts';
import {
  openStores,
  type StorePlaces,
  type Stores,
  type StoreView,
  storeHeads,
} from '../evidence/stores.ts';

/** A durable reader: who reads, under which name, whose events. */
export interface Reader {
  readonly consumer: string;
  readonly name: string;
  readonly source: string;
}

export interface Snapshot {
  readonly stores: Stores;
  readonly ledger: readonly LedgerEntry[];
  /** What has not come to rest; empty when all has. */
  readonly waitingFor: readonly string[];
  close(): void;
}

export interface SnapshotOptions extends StorePlaces {
  /** Where the provider is; asked anew, since it may move. */
  readonly provider: string;
  readonly readers: readonly Reader[];
  readonly timeoutMs: number;
}

const LOOK_MS = 200;
const NAMED_MAX = 5;
const OPEN: ReadonlySet<string> = new Set(['running', 'waiting', 'compensating', 'paused']);

/** Waits until everything is at rest, at most `timeoutMs`; then the state as it is. */
export async function settledSnapshot(options: SnapshotOptions): Promise<Snapshot> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const found = await snapshot(options);
    if (found.waitingFor.length === 0 || performance.now() >= deadline) return found;
    found.close();
    await sleep(LOOK_MS);
  }
}

async function snapshot(options: SnapshotOptions): Promise<Snapshot> {
  const { provider, readers } = options;
  const stores = await openStores(options);
  const close = () => {
    for (const store of stores.values()) store.close();
  };
  try {
    const pending = pendingIn(stores, readers);
    // The ledger is read after the stores: it fits them only if nothing began meanwhile.
    const ledger = await readLedger(provider);
    const moving = pending.length === 0 ? await grown(stores, options) : [];
    return { stores, ledger, waitingFor: [...pending, ...moving], close };
  } catch (error) {
    close();
    throw error;
  }
}

/** What waits in these stores: sagas, messages, readers that are behind. */
export function pendingIn(stores: Stores, readers: readonly Reader[]): string[] {
  const pending: string[] = [];
  for (const [service, store] of stores) {
    const open: string[] = [];
    for (const { id, data } of store.documents<{ status: string; reason: string }>(
      'offshoot.sagas',
    ))
      if (OPEN.has(data.status)) open.push(`${data.status} saga ${id} ${data.reason}`.trimEnd());
    pending.push(...named(service, open));
    const messages: string[] = [];
    for (const { id, data } of store.documents<{ state: string; reason: string }>(
      'offshoot.waiting',
    ))
      messages.push(`${data.state} message ${id} (${data.reason || 'behind another'})`);
    pending.push(...named(service, messages));
    const staying: string[] = [];
    for (const { id, data } of store.documents<{ status: string }>('shipments'))
      if (data.status === 'created') staying.push(`shipment ${id} has not left`);
    pending.push(...named(service, staying));
  }
  return [...pending, ...readers.flatMap((reader) => behind(stores, reader))];
}

function named(service: string, all: readonly string[]): string[] {
  const shown = all.slice(0, NAMED_MAX).map((one) => `${service}: ${one}`);
  return all.length > NAMED_MAX ? [...shown, `${service}: ${all.length - NAMED_MAX} more`] : shown;
}

function behind(stores: Stores, { consumer, name, source }: Reader): string[] {
  const store = stores.get(consumer);
  const head = stores.get(source)?.head;
  if (!store || head === undefined) return [`${consumer} or ${source} has no store here`];
  const floor = floorOf(store, name);
  if (floor === undefined) return [`${consumer}: ${name} has not begun to read ${source}`];
  return floor < head ? [`${consumer}: ${name} is at ${floor} of ${head} of ${source}`] : [];
}

/** How far a reader has come; undefined when it never began. */
export function floorOf(store: StoreView, name: string): number | undefined {
  for (const { id, data } of store.documents<{ position: { seq: number } }>('offshoot.floors'))
    if (id === name) return data.position.seq;
  return undefined;
}

async function grown(stores: Stores, places: StorePlaces): Promise<string[]> {
  const now = await storeHeads(places);
  return [...stores].flatMap(([service, { head }]) =>
    now.get(service) === head ? [] : [`${service}: its log still grows`],
  );
}
