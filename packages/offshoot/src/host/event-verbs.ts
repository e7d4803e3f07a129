// What can an operator read of the logs of one host?
import { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Keyring } from '../security/index.ts';
import type { RunningService } from '../service/index.ts';
import { formatPosition, type Position, parsePosition } from '../store/index.ts';
import {
  type EntryFilter,
  type EventLog,
  eventLog,
  type Searched,
  type ShownEntry,
} from './event-log.ts';
import type { OperatorVerbs } from './operator-door.ts';

export interface EventVerbsParts {
  readonly runtime: Runtime;
  readonly services: readonly RunningService[];
  readonly keyring: Pick<Keyring, 'find'>;
}

/** `orders=<position>,users=<position>`: how far each log was read. */
export type Cursor = string;

export interface ReadEntries {
  /** By time. */
  readonly entries: readonly ShownEntry[];
  /** Give it as `after` (`events.last`: as `before`) for more. */
  readonly cursor: Cursor;
  /** Whether the logs end here. A search looks at a bounded part of them, and may find nothing. */
  readonly isEnd: boolean;
}

interface Asked extends EntryFilter {
  /** @default every service of the host */
  readonly service?: string;
  /** @default 100, at most 1,000 */
  readonly limit?: number;
  readonly after?: Cursor;
  readonly before?: Cursor;
  /** With nothing new: how long to wait for it, at most 25,000. @default 0 */
  readonly waitMs?: number;
}

const LIMIT_DEFAULT = 100;
const LIMIT_MAX = 1_000;
const WAIT_MS_MAX = 25_000;

/**
 * `events.last`: the newest that fit, back from `before`. `events.next`: those after `after`; it
 * can wait for one. `events.about`: all about an id, a key or a correlation, from where the log
 * can first mention it.
 */
export function eventVerbs({ runtime, services, keyring }: EventVerbsParts): OperatorVerbs {
  const logsOf = ({ service }: Asked): EventLog[] => {
    const found = services.filter(({ name }) => service === undefined || service === name);
    if (found.length > 0) return found.map((one) => eventLog(one, { runtime, keyring }));
    throw new OffshootError('VALIDATION_FAILED', `no service ${service} runs on this host`);
  };

  const last = async (asked: Asked): Promise<ReadEntries> => {
    const limit = limitOf(asked);
    const from = positions(asked.before);
    const searches = await each(logsOf(asked), (log) =>
      log.backward(from.get(log.service) ?? log.head(), asked, limit),
    );
    const all = byTime(searches);
    const entries = all.slice(-limit);
    const isEnd = ended(searches) && all.length === entries.length;
    return { entries, cursor: cursorOf(searches, entries, -1), isEnd };
  };

  const next = async (asked: Asked): Promise<ReadEntries> => {
    const limit = limitOf(asked);
    const from = positions(asked.after);
    const logs = logsOf(asked);
    const starts = new Map(logs.map((log) => [log.service, from.get(log.service) ?? log.head()]));
    const search = () => each(logs, (log) => log.forward(starts.get(log.service)!, asked, limit));
    let searches = await search();
    const waitMs = Math.min(Number(asked.waitMs ?? 0), WAIT_MS_MAX);
    const isNothing = ended(searches) && searches.every(({ entries }) => entries.length === 0);
    if (isNothing && waitMs > 0) {
      for (const { service, at } of searches) starts.set(service, at);
      await wakened(logs, starts, waitMs, runtime);
      searches = await search();
    }
    return merged(searches, limit);
  };

  const about = async (asked: Asked): Promise<ReadEntries> => {
    const limit = limitOf(asked);
    const from = positions(asked.after);
    if (!asked.about) throw new OffshootError('VALIDATION_FAILED', 'say about what');
    const searches = await each(logsOf(asked), async (log) => {
      const start = from.get(log.service) ?? (await log.startFor(asked.about!));
      return log.forward(start, asked, limit);
    });
    return merged(searches, limit);
  };

  return { 'events.last': last, 'events.next': next, 'events.about': about };
}

type Found = Searched & { readonly service: string };

const each = (logs: readonly EventLog[], search: (log: EventLog) => Promise<Searched>) =>
  Promise.all(logs.map(async (log) => ({ service: log.service, ...(await search(log)) })));

const ended = (searches: readonly Found[]) => searches.every(({ isEnd }) => isEnd);

const byTime = (searches: readonly Found[]): ShownEntry[] =>
  searches.flatMap(({ entries }) => entries).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));

function merged(searches: readonly Found[], limit: number): ReadEntries {
  const all = byTime(searches);
  const entries = all.slice(0, limit);
  const isEnd = ended(searches) && all.length === entries.length;
  return { entries, cursor: cursorOf(searches, entries, 1), isEnd };
}

/** How far each log was read; one that gave more than was taken, up to what was taken. */
function cursorOf(
  searches: readonly Found[],
  taken: readonly ShownEntry[],
  direction: 1 | -1,
): Cursor {
  const ids = new Set(taken.map(({ id }) => id));
  const places = searches.map(({ service, entries, at }) => {
    const left = entries.filter(({ id }) => !ids.has(id));
    const edge = direction === 1 ? left[0] : left.at(-1);
    if (!edge) return `${service}=${formatPosition(at)}`;
    const { epoch, seq } = parsePosition(edge.position);
    return `${service}=${formatPosition({ epoch, seq: direction === 1 ? seq - 1 : seq })}`;
  });
  return places.join();
}

function positions(cursor: Cursor = ''): Map<string, Position> {
  const places = cursor === '' ? [] : cursor.split(',').map((one) => one.split('='));
  for (const [service = '', position = ''] of places)
    if (service === '' || !/^\d+\.\d+$/.test(position))
      throw new OffshootError('VALIDATION_FAILED', `'${cursor}' is no cursor of this host`);
  return new Map(places.map(([service = '', text = '']) => [service, parsePosition(text)]));
}

const limitOf = ({ limit = LIMIT_DEFAULT }: Asked) =>
  Math.max(1, Math.min(Number(limit) || LIMIT_DEFAULT, LIMIT_MAX));

/** Resolves when one of the logs has grown, or the time is over. */
async function wakened(
  logs: readonly EventLog[],
  starts: ReadonlyMap<string, Position>,
  waitMs: number,
  runtime: Runtime,
): Promise<void> {
  const endings: (() => void)[] = [];
  await new Promise<void>((resolve) => {
    endings.push(runtime.after(waitMs, resolve));
    for (const log of logs) endings.push(log.onDurable(resolve));
    if (logs.some((log) => log.head().seq > (starts.get(log.service)?.seq ?? 0))) resolve();
  });
  for (const end of endings) end();
}
