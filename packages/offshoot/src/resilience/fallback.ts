// What is said instead when nobody can answer just now, and how does everybody see that it is?
import { asOffshootError, isAvailability } from '../error/index.ts';

/** A result, or what stands in for one: the mark travels with the value. */
export type Degradable<T> =
  | { readonly value: T; readonly degraded: false }
  | {
      readonly value: T;
      readonly degraded: true;
      /** The code of the failure behind it: `CIRCUIT_OPEN`, `DEADLINE_EXCEEDED` … */
      readonly cause: string;
      /** Where it comes from: the last good result, what was worked out instead, or a fixed one. */
      readonly source: 'kept' | 'computed' | 'fixed';
      /** Age of a kept result, milliseconds; undefined for the others. */
      readonly ageMs?: number;
    };

export interface FallbackOptions<T> {
  /** What is said when nothing was kept, or what was kept is too old: shaped as a result is. */
  readonly otherwise: T;
  /** Works something out for the key before the fixed one is said; undefined: it could not. */
  readonly compute?: (key: string, cause: string) => T | undefined;
  /** How long the last good result of a key may stand in. @default 0: it never does */
  readonly keptMs?: number;
  /** Keys whose last results are kept; beyond it the oldest goes. @default 1000 */
  readonly keptMax?: number;
  /** Milliseconds that only grow. */
  readonly clock: () => number;
  /** Told of each time that something stands in, for a metric or a span. */
  readonly onDegraded?: (cause: string) => void;
}

/** Runs a task for a key. Whatever is not about availability is thrown on. */
export type Fallback<T> = (key: string, task: () => Promise<T>) => Promise<Degradable<T>>;

const KEPT_MAX = 1_000;

/**
 * The last good result while it is fresh enough, else one that is worked out, else a fixed one; all are marked `degraded` with
 * the cause, so that none poses as a normal result. Only availability errors fall back: a bad
 * input or a bug is nobody's to cover up.
 *
 * @example
 * const popular = fallback<string[]>({ otherwise: [], keptMs: 60_000, clock: () => 0 });
 * const { value, degraded } = await popular('all', async () => ['KIT-1']);
 */
export function fallback<T>(options: FallbackOptions<T>): Fallback<T> {
  const { otherwise, keptMs = 0, keptMax = KEPT_MAX, clock, onDegraded, compute } = options;
  const kept = new Map<string, { readonly value: T; readonly at: number }>();

  const keep = (key: string, value: T): void => {
    if (keptMs === 0) return;
    kept.delete(key); // so that it becomes the youngest
    kept.set(key, { value, at: clock() });
    const [oldest] = kept.keys();
    if (kept.size > keptMax && oldest !== undefined) kept.delete(oldest);
  };

  const standIn = (key: string, cause: string): Degradable<T> => {
    onDegraded?.(cause);
    const last = kept.get(key);
    const ageMs = last ? clock() - last.at : Number.POSITIVE_INFINITY;
    const mark = { degraded: true, cause } as const;
    if (last && ageMs <= keptMs) return { value: last.value, ...mark, source: 'kept', ageMs };
    const computed = compute?.(key, cause);
    if (computed !== undefined) return { value: computed, ...mark, source: 'computed' };
    return { value: otherwise, ...mark, source: 'fixed' };
  };

  return async (key, task) => {
    try {
      const value = await task();
      keep(key, value);
      return { value, degraded: false };
    } catch (thrown) {
      const { code } = asOffshootError(thrown);
      if (!isAvailability(code)) throw thrown;
      return standIn(key, code);
    }
  };
}
