// Which answers are kept, for how long, and which go when there is no more room?
import { badDefinition } from '../error/index.ts';

/** How long an answer may be used, milliseconds from when it was made. */
export interface Keeping {
  /** What it takes to keep it, without its key. */
  readonly bytes: number;
  readonly freshMs: number;
  /** So long after `freshMs` it may be given while a new one is fetched. @default 0 */
  readonly staleWhileMs?: number;
  /** So long after `freshMs` it may be given when no new one can be had. @default 0 */
  readonly staleIfErrorMs?: number;
  /** How old it is already. @default 0 */
  readonly ageMs?: number;
}

export interface Found<V> {
  readonly value: V;
  readonly ageMs: number;
  /** How long it is fresh still; below 0 it is stale. */
  readonly ttlMs: number;
  /** `while`: it may be given while a new one is fetched. `error`: only when none can be had. */
  readonly use: 'fresh' | 'while' | 'error';
}

export interface CacheEntriesOptions {
  /** Milliseconds that only grow. */
  readonly clock: () => number;
  readonly bytesMax: number;
  /** Larger answers are not kept. @default an eighth of `bytesMax` */
  readonly entryBytesMax?: number;
}

interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
  readonly bornMs: number;
  readonly freshMs: number;
  readonly whileMs: number;
  readonly errorMs: number;
  readonly tags: readonly string[];
}

/** What a map, a set and an object take beside the bytes of an answer. */
const ENTRY_BYTES = 400;
const BYTES_A_CHARACTER = 2;
const SHARE_MAX = 8;

/** Answers by key, bounded by bytes; the one that was used longest ago goes first. */
export class CacheEntries<V> {
  readonly #entries = new Map<string, Entry<V>>();
  readonly #tagged = new Map<string, Set<string>>();
  readonly #clock: () => number;
  readonly #bytesMax: number;
  readonly #entryBytesMax: number;
  #bytes = 0;

  constructor({ clock, bytesMax, entryBytesMax = bytesMax / SHARE_MAX }: CacheEntriesOptions) {
    if (!(bytesMax > 0 && entryBytesMax > 0)) badDefinition('a cache needs bytesMax above 0');
    this.#clock = clock;
    this.#bytesMax = bytesMax;
    this.#entryBytesMax = Math.min(bytesMax, entryBytesMax);
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  find(key: string): Found<V> | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    const { value, bornMs, freshMs, whileMs, errorMs } = entry;
    const ageMs = this.#clock() - bornMs;
    const ttlMs = freshMs - ageMs;
    if (ttlMs <= -Math.max(whileMs, errorMs)) {
      this.drop(key);
      return undefined;
    }
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    const use = ttlMs > 0 ? 'fresh' : ttlMs > -whileMs ? 'while' : 'error';
    return { value, ageMs, ttlMs, use };
  }

  /** Returns whether it is kept: what is too large, or stale already, is not. */
  keep(key: string, value: V, keeping: Keeping, tags: readonly string[]): boolean {
    this.drop(key);
    const { freshMs, ageMs = 0, staleWhileMs = 0, staleIfErrorMs = 0 } = keeping;
    const names = tags.reduce((sum, tag) => sum + tag.length, key.length);
    const bytes = keeping.bytes + ENTRY_BYTES + names * BYTES_A_CHARACTER;
    if (bytes > this.#entryBytesMax || !(freshMs > ageMs)) return false;
    const bornMs = this.#clock() - ageMs;
    const more = { whileMs: staleWhileMs, errorMs: staleIfErrorMs, tags };
    this.#entries.set(key, { value, bytes, bornMs, freshMs, ...more });
    this.#bytes += bytes;
    for (const tag of tags) {
      const keys = this.#tagged.get(tag) ?? new Set();
      this.#tagged.set(tag, keys.add(key));
    }
    for (const oldest of this.#entries.keys()) {
      if (this.#bytes <= this.#bytesMax) break;
      this.drop(oldest);
    }
    return true;
  }

  drop(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
    for (const tag of entry.tags) {
      const keys = this.#tagged.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) this.#tagged.delete(tag);
    }
  }

  /** Returns how many there were. */
  dropTagged(tag: string): number {
    const keys = [...(this.#tagged.get(tag) ?? [])];
    for (const key of keys) this.drop(key);
    return keys.length;
  }
}
