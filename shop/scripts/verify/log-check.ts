// Is every log whole: dense, unaltered, chained, and with no fact in it twice?
import { entrySum } from 'offshoot/store/sqlite';
import type { LogEntry } from '../evidence/store-file.ts';
import type { StoreView } from '../evidence/stores.ts';
import { type Findings, findings, type Invariant } from './invariant.ts';

export interface StoreCheck {
  /** Takes the entries in the order of the log. */
  entry(entry: LogEntry): void;
  end(): void;
}

export interface LogCheck {
  store(service: string, file: StoreView): StoreCheck;
  /** Positions and versions dense, sums fit, `previous` and heads right. */
  whole(): Invariant;
  /** How often each thing was caused, by `<service> <causation> <type> <stream>`. */
  readonly caused: ReadonlyMap<string, number>;
  hasEntry(id: string): boolean;
  /** Public events by type: id and key of each. */
  readonly events: ReadonlyMap<string, readonly { readonly id: string; readonly key: string }[]>;
}

const FORMAT_MAX = 1;
const FOLLOWED: ReadonlySet<string> = new Set([
  'identity.signed_up',
  'user.created',
  'product.created',
  'order.confirmed',
  'order.shipped',
  'order.cancelled',
]);

export function logCheck(crc32: (text: string) => number): LogCheck {
  const found = findings();
  const caused = new Map<string, number>();
  const events = new Map<string, { id: string; key: string }[]>();
  const ids = new Set<string>();
  let entries = 0;

  const store = (service: string, file: StoreView): StoreCheck => {
    const versions = new Map<string, number>();
    const heads = new Map<string, number>();
    let last = 0;
    return {
      entry(entry) {
        const { seq, id, key, type, stream, causation } = entry;
        const where = () => `${service}.db, entry ${seq} (${type} ${id} of ${key || stream})`;
        entries += 1;
        checkPlace(found, entry, { last, versions, heads, where });
        found.expect(entrySum(crc32, entry) === entry.sum, () => `${where()} was altered`);
        found.expect(!ids.has(id), () => `${where()} has an id that another entry has`);
        last = seq;
        versions.set(stream, entry.version);
        ids.add(id);
        if (!entry.public) return;
        heads.set(key, seq);
        const effect = `${service} ${causation} ${type} ${stream}`;
        caused.set(effect, (caused.get(effect) ?? 0) + 1);
        if (!FOLLOWED.has(type)) return;
        const known = events.get(type);
        if (known) known.push({ id, key });
        else events.set(type, [{ id, key }]);
      },
      end() {
        checkHeads(found, service, heads, file.heads());
      },
    };
  };

  return {
    store,
    caused,
    events,
    hasEntry: (id) => ids.has(id),
    whole: () => found.conclude('logs are whole', `${entries} entries, every sum fits`),
  };
}

interface Before {
  readonly last: number;
  readonly versions: ReadonlyMap<string, number>;
  readonly heads: ReadonlyMap<string, number>;
  readonly where: () => string;
}

function checkPlace(found: Findings, entry: LogEntry, { last, versions, heads, where }: Before) {
  const { seq, stream, version, previous, format, key } = entry;
  found.expect(seq === last + 1, () => `${where()} follows ${last}: what was between is gone`);
  const expected = (versions.get(stream) ?? 0) + 1;
  found.expect(
    version === expected,
    () => `${where()} is version ${version} of ${stream}, not ${expected}`,
  );
  found.expect(format >= 1 && format <= FORMAT_MAX, () => `${where()} has format ${format}`);
  const before = entry.public ? heads.get(key) : undefined;
  found.expect(
    previous?.seq === before,
    () => `${where()} says that ${previous?.seq} was before it, not ${before}`,
  );
}

function checkHeads(
  found: Findings,
  service: string,
  seen: ReadonlyMap<string, number>,
  stored: ReadonlyMap<string, number>,
): void {
  for (const [key, seq] of stored)
    found.expect(
      seen.get(key) === seq,
      () => `${service}.db: the head of ${key} is ${seq}, its last event ${seen.get(key)}`,
    );
  for (const [key, seq] of seen)
    found.expect(stored.has(key), () => `${service}.db: ${key} has no head for its event ${seq}`);
}
