// Do the shop's books add up where its stores can only be asked through their port?
import { setTimeout as sleep } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import { OWN_COLLECTIONS } from 'offshoot/service';
import type { Entry, Store } from 'offshoot/store';
import { entrySum } from 'offshoot/store/sqlite';
import { SERVICES } from '../../../topologies/services.ts';
import { readLedger } from '../../evidence/ledger.ts';
import { readMailbox } from '../../evidence/mailbox.ts';
import type { LogEntry, StoreFile } from '../../evidence/store-file.ts';
import { deliveriesInvariant } from '../../verify/deliveries.ts';
import { endingsInvariant } from '../../verify/endings.ts';
import { readFacts } from '../../verify/facts.ts';
import type { Invariant } from '../../verify/invariant.ts';
import { mailsInvariant } from '../../verify/mails.ts';
import { moneyInvariant } from '../../verify/money.ts';
import { shipmentsInvariant } from '../../verify/shipments.ts';
import { pendingIn, type Reader, type Stores } from '../../verify/snapshot.ts';
import { stockInvariant } from '../../verify/stock.ts';
import { readersOf } from '../disk.ts';
import type { Outside, Verdict } from './ground.ts';

const LOOK_MS = 300;

/** Who reads whose events. */
const readers: readonly Reader[] = SERVICES.flatMap(({ name: consumer, subscriptions }) =>
  subscriptions.map(({ name, service: source }) => ({ consumer, name, source })),
);

/** As `verify` does on files, but for what only bytes can tell. */
export async function portVerdict(
  stores: ReadonlyMap<string, Store>,
  { provider, mailbox }: Outside,
  timeoutMs: number,
): Promise<Verdict> {
  const end = performance.now() + timeoutMs;
  for (;;) {
    const before = heads(stores);
    const files = await filesOf(stores);
    const pending = pendingIn(files, readers);
    const ledger = await readLedger(provider);
    const isStill = pending.length === 0 && heads(stores) === before;
    if (!isStill && performance.now() < end) {
      await sleep(LOOK_MS);
      continue;
    }
    const facts = readFacts({ stores: files, ledger, waitingFor: pending, close: () => {} });
    const snapshot = { stores: files, ledger, waitingFor: pending, close: () => {} };
    const rest = pending.slice(0, 3).join('; ') || 'its logs still grow';
    const settled: Invariant = { name: 'everything is at rest', ok: isStill, detail: rest };
    const invariants = [
      settled,
      moneyInvariant(facts),
      stockInvariant(facts),
      endingsInvariant(facts),
      shipmentsInvariant(facts),
      deliveriesInvariant(facts, snapshot, [...readers]),
      mailsInvariant(facts, files, await readMailbox(mailbox)),
      facts.log.whole(),
    ];
    return { unsettled: !isStill, invariants };
  }
}

const heads = (stores: ReadonlyMap<string, Store>): string =>
  [...stores].map(([service, store]) => `${service} ${store.head().seq}`).join(', ');

async function filesOf(stores: ReadonlyMap<string, Store>): Promise<Stores> {
  const files = new Map<string, StoreFile>();
  for (const [service] of stores) files.set(service, await fileOf(service, stores));
  return files;
}

/** What verify asks of a file, read through the port. Its sums are its own: they are not checked. */
async function fileOf(service: string, stores: ReadonlyMap<string, Store>): Promise<StoreFile> {
  const { entries, documents } = readersOf(stores);
  const log = (await entries(service)).map(logEntry);
  const last = new Map<string, number>();
  for (const { key, seq, public: isPublic } of log) if (isPublic) last.set(key, seq);
  const own = SERVICES.find(({ name }) => name === service)?.collections ?? [];
  const kept = new Map<string, Map<string, unknown>>();
  for (const one of [...OWN_COLLECTIONS, ...own]) kept.set(one.name, await documents(service, one));
  return {
    service,
    head: log.at(-1)?.seq ?? 0,
    log: () => log,
    correlated: (correlation) => log.filter((entry) => entry.correlation === correlation),
    *documents<T>(collection: string) {
      for (const [id, data] of kept.get(collection) ?? []) yield { id, data: data as T };
    },
    heads: () => last,
    close: () => {},
  };
}

function logEntry({ data, meta, ...entry }: Entry): LogEntry {
  const stored = { ...entry, data: JSON.stringify(data), meta: JSON.stringify(meta), format: 1 };
  return { ...stored, sum: entrySum(crc32, stored) };
}
