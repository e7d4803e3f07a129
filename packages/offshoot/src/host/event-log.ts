// How is a service's log searched without holding up the service?
import type { Runtime } from '../runtime/index.ts';
import { type Keyring, veil } from '../security/index.ts';
import type { RunningService } from '../service/index.ts';
import {
  type Entry,
  formatPosition,
  type Position,
  parsePosition,
  positionAt,
  type Store,
} from '../store/index.ts';

/** An entry as an operator sees it: who, when and why; personal fields sealed. */
export interface ShownEntry {
  readonly service: string;
  /** In the service's log. */
  readonly position: string;
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly type: string;
  readonly schema: number;
  readonly key: string;
  readonly stream: string;
  readonly version: number;
  /** Who: `user:<id>`, `service:<name>`. */
  readonly actor: string;
  readonly correlation: string;
  /** Why: the id of the request or event that caused it. */
  readonly causation: string;
  readonly public: boolean;
  /** The commit: entries of one unit happened together. */
  readonly unit: string;
  readonly data: unknown;
}

/** Which entries; all that are given must fit. */
export interface EntryFilter {
  /** `order.created`, or with one star: `order.*`, `*.created` */
  readonly type?: string;
  /** The key of a public event, or the last part of a stream's name. */
  readonly key?: string;
  readonly correlation?: string;
  /** An id, key, correlation or causation: whichever it is. */
  readonly about?: string;
}

export interface Searched {
  readonly entries: readonly ShownEntry[];
  /** The last position looked at, or the first when going backwards. */
  readonly at: Position;
  readonly isEnd: boolean;
}

/** Entries of one read: between two of them the service goes on. */
const PAGE = 500;
/** Looked at in one search. */
const SCANNED_MAX = 20_000;
/** What happened long before an id was made cannot be about it; clocks and retries differ by less. */
const MARGIN_MS = 15 * 60_000;

const isOf = (key: string, { key: own, stream }: Entry) =>
  own === key || stream.endsWith(`/${key}`);

function fits(entry: Entry, { type, key, correlation, about }: EntryFilter): boolean {
  if (type !== undefined) {
    const [begin = '', end] = type.split('*');
    const isType = entry.type.startsWith(begin) && entry.type.endsWith(end ?? begin);
    if (!isType || (end === undefined && entry.type !== type)) return false;
  }
  if (key !== undefined && !isOf(key, entry)) return false;
  if (correlation !== undefined && entry.correlation !== correlation) return false;
  if (about === undefined) return true;
  return [entry.id, entry.correlation, entry.causation].includes(about) || isOf(about, entry);
}

export interface EventLog {
  readonly service: string;
  head(): Position;
  /** Fitting entries after a position, oldest first. */
  forward(after: Position, filter: EntryFilter, limit: number): Promise<Searched>;
  /** The last fitting entries up to a position, oldest first. */
  backward(upto: Position, filter: EntryFilter, limit: number): Promise<Searched>;
  /** Where to begin looking for what is about `what`. */
  startFor(what: string): Promise<Position>;
  onDurable: Store['onDurable'];
}

export function eventLog(
  { name: service, store }: RunningService,
  { runtime, keyring }: { readonly runtime: Runtime; readonly keyring: Pick<Keyring, 'find'> },
): EventLog {
  const placed = (seq: number): Position => positionAt(store.epochs, Math.max(0, seq));

  const shown = (entry: Entry): ShownEntry => {
    const { id, at, type, schema, key, stream, version, actor, correlation, causation } = entry;
    const about = { id, at, type, schema, key, stream, version, actor, correlation, causation };
    const rest = { public: entry.public, unit: entry.unit, data: veil(entry.data, keyring) };
    return { service, position: formatPosition(entry), ...about, ...rest };
  };

  const page = async (after: Position, upto: number, filter: EntryFilter) => {
    const read = await store.readLog(after, Math.min(PAGE, upto - after.seq));
    await new Promise<void>((resolve) => runtime.endOfTurn(resolve));
    return { ...read, found: read.entries.filter((entry) => fits(entry, filter)).map(shown) };
  };

  const forward: EventLog['forward'] = async (after, filter, limit) => {
    const entries: ShownEntry[] = [];
    const last = Math.min(store.head().seq, after.seq + SCANNED_MAX);
    for (let at = after; ; ) {
      if (at.seq >= last) return { entries, at, isEnd: at.seq >= store.head().seq };
      const { found, upto } = await page(at, last, filter);
      const room = limit - entries.length;
      entries.push(...found.slice(0, room));
      const full = entries.at(-1);
      if (entries.length >= limit && full)
        return { entries, at: parsePosition(full.position), isEnd: false };
      at = upto;
    }
  };

  const backward: EventLog['backward'] = async (upto, filter, limit) => {
    let entries: ShownEntry[] = [];
    for (let end = upto.seq; ; end -= PAGE) {
      const isEnd = end <= 0;
      if (isEnd || upto.seq - end >= SCANNED_MAX) return { entries, at: placed(end), isEnd };
      const { found } = await page(placed(end - PAGE), end, filter);
      const room = limit - entries.length;
      entries = [...found.slice(-room), ...entries];
      const first = entries[0];
      if (entries.length >= limit && first)
        return { entries, at: placed(parsePosition(first.position).seq - 1), isEnd: false };
    }
  };

  /** The last position before a time: entries are in its order, but for a few moments. */
  const before = async (ms: number): Promise<Position> => {
    let low = 0;
    let high = store.head().seq;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      const [entry] = (await store.readLog(placed(middle - 1), 1)).entries;
      if (entry && entry.at < ms) low = middle;
      else high = middle - 1;
    }
    return placed(low);
  };

  return {
    service,
    forward,
    backward,
    head: () => store.head(),
    onDurable: (listener) => store.onDurable(listener),
    startFor: async (what) => {
      const made = timeOf(what);
      return made === undefined ? placed(0) : before(made - MARGIN_MS);
    },
  };
}

/** When a UUIDv7 was made; undefined for any other id. */
function timeOf(id: string): number | undefined {
  if (!/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))
    return undefined;
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}
