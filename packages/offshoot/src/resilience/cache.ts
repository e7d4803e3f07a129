// What was answered lately and may be answered again, and who fetches it anew when many ask at once?
import { asOffshootError, isAvailability } from '../error/index.ts';
import {
  CacheEntries,
  type CacheEntriesOptions,
  type Found,
  type Keeping,
} from './cache-entries.ts';

export interface CacheOptions extends CacheEntriesOptions {
  /** How many may be fetched at once; further ones are fetched, but nobody waits for another's. @default 1000 */
  readonly flightsMax?: number;
}

/** A value on its way. Who leads must `end` it, once; the others wait. */
export interface Flight<V> {
  readonly isLeader: boolean;
  /** What the leader got; undefined when it has nothing that others may use. Rejects as it failed. */
  readonly landed: Promise<V | undefined>;
  /**
   * Gives the value to all who wait; with `keeping` it is kept, unless what it is about was dropped
   * meanwhile. Returns whether it is.
   */
  end(value: V | undefined, keeping?: Keeping): boolean;
  fail(thrown: unknown): void;
}

export interface Loaded<V> {
  readonly value: V;
  /** Absent: it is for those who wait now, and for nobody later. */
  readonly keeping?: Keeping | undefined;
}

/** Where an answer comes from. `collapsed`: of the fetch that another began. */
export type CacheUse = 'hit' | 'stale' | 'collapsed' | 'miss';

export interface Answered<V> {
  readonly value: V;
  readonly use: CacheUse;
  /** Of what was found; 0 for what was fetched. */
  readonly ageMs: number;
  readonly ttlMs: number;
  readonly isKept: boolean;
  /** The code of the failure that a stale answer stands in for. */
  readonly cause?: string;
}

export interface AskOptions<V> {
  /** What it is about: `drop` of any of them forgets it. @default nothing */
  readonly tags?: readonly string[];
  load(): Promise<Loaded<V>>;
}

export interface Cache<V> {
  /**
   * A fresh answer, or a stale one that is being replaced, or the one fetch of all who ask now, or,
   * where that fails for lack of availability, a stale one. Rejects as `load` does.
   */
  ask(key: string, options: AskOptions<V>): Promise<Answered<V>>;
  /** Without fetching. */
  find(key: string): Found<V> | undefined;
  /** Fetched by hand, where `ask` does not fit. */
  flight(key: string, tags?: readonly string[]): Flight<V>;
  /** Whether somebody fetches it now. */
  isOnItsWay(key: string): boolean;
  /** Forgets all that is about `tag`, also what is on its way. Returns how many answers it were. */
  drop(tag: string): number;
  readonly size: number;
  readonly bytes: number;
}

interface Flying<V> {
  readonly tags: readonly string[];
  readonly landed: Promise<V | undefined>;
}

const FLIGHTS_MAX = 1_000;
const nothing = (): void => {};

/**
 * Answers by key, bounded by bytes. One fetch a key, however many ask: no stampede. What began
 * before a `drop` is given to those who asked before it, and is neither kept nor given to later ones.
 *
 * @example
 * const products = cache<string>({ clock: () => runtime.monotonic(), bytesMax: 1_000_000 });
 * const load = async () => ({ value: 'kettle', keeping: { bytes: 6, freshMs: 5_000 } });
 * await products.ask('p1', { tags: ['products'], load }); // { value: 'kettle', use: 'miss', … }
 * products.drop('products');
 */
export function cache<V>(options: CacheOptions): Cache<V> {
  const { flightsMax = FLIGHTS_MAX } = options;
  const entries = new CacheEntries<V>(options);
  const flights = new Map<string, Flying<V>>();

  const lead = (key: string, tags: readonly string[]): Flight<V> => {
    const { promise: landed, resolve, reject } = Promise.withResolvers<V | undefined>();
    landed.catch(nothing); // perhaps nobody waits
    const own = { tags, landed };
    flights.set(key, own);
    const isLast = (): boolean => flights.get(key) === own && flights.delete(key);
    return {
      ...{ isLeader: true, landed },
      end(value, keeping) {
        const isOf = isLast();
        resolve(value);
        return isOf && keeping && value !== undefined
          ? entries.keep(key, value, keeping, tags)
          : false;
      },
      fail(thrown) {
        isLast();
        reject(thrown);
      },
    };
  };

  const flight = (key: string, tags: readonly string[] = []): Flight<V> => {
    const flying = flights.get(key);
    if (flying) return { isLeader: false, landed: flying.landed, end: () => false, fail: nothing };
    if (flights.size < flightsMax) return lead(key, tags);
    // Nobody can join it, and nothing of it is kept: a drop could not reach it.
    return { isLeader: true, landed: Promise.resolve(undefined), end: () => false, fail: nothing };
  };

  const load = async (key: string, { tags, load: fetch }: AskOptions<V>): Promise<Answered<V>> => {
    const own = flight(key, tags);
    if (!own.isLeader) {
      const value = await own.landed;
      if (value !== undefined)
        return { value, use: 'collapsed', ageMs: 0, ttlMs: 0, isKept: false };
    }
    try {
      const { value, keeping } = await fetch();
      const isKept = own.end(value, keeping);
      return { value, use: 'miss', ageMs: 0, ttlMs: keeping?.freshMs ?? 0, isKept };
    } catch (thrown) {
      own.fail(thrown);
      throw thrown;
    }
  };

  return {
    async ask(key, asked) {
      const found = entries.find(key);
      if (found?.use === 'fresh') return { ...found, use: 'hit', isKept: true };
      if (found?.use === 'while') {
        if (!flights.has(key) && flights.size < flightsMax) load(key, asked).catch(nothing);
        return { ...found, use: 'stale', isKept: true };
      }
      try {
        return await load(key, asked);
      } catch (thrown) {
        const { code } = asOffshootError(thrown);
        // Not what was found before: it may have been dropped meanwhile.
        const last = isAvailability(code) ? entries.find(key) : undefined;
        if (!last) throw thrown;
        return { ...last, use: 'stale', isKept: true, cause: code };
      }
    },
    find: (key) => entries.find(key),
    flight,
    isOnItsWay: (key) => flights.has(key),
    drop(tag) {
      for (const [key, { tags }] of flights) if (tags.includes(tag)) flights.delete(key);
      return entries.dropTagged(tag);
    },
    get size() {
      return entries.size;
    },
    get bytes() {
      return entries.bytes;
    },
  };
}
