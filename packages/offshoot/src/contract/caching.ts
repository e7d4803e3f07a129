// For how long may the edge give the answer of a query again, and what ends that sooner?
import { badDefinition } from '../error/index.ts';

/**
 * The edge keeps answers of a GET by its path and query. Those of a query for `anyone()` are given
 * to anyone: declare it only where they are the same for all. Others are kept for each principal.
 */
export interface Caching {
  /** How old an answer may be whatever happens, milliseconds. */
  readonly maxAgeMs: number;
  /**
   * Events of this contract after which answers are forgotten at once: all of this query, or with
   * `{ updated: 'id' }` those whose input has the event's key as `id`; `true` stands for all.
   */
  readonly dropOn?: readonly string[] | Readonly<Record<string, string | true>>;
  /** So long after `maxAgeMs` an answer is given while a new one is fetched. @default 0 */
  readonly staleWhileMs?: number;
  /** So long after `maxAgeMs` it is given when no new one can be had. @default 0 */
  readonly staleIfErrorMs?: number;
}

/** By event: the field of the input that is its key, or true for all answers. */
export function dropsOf({ dropOn = [] }: Caching): readonly (readonly [string, string | true])[] {
  return Array.isArray(dropOn) ? dropOn.map((name) => [name, true]) : Object.entries(dropOn);
}

/** Throws BAD_DEFINITION for what cannot be cached, and for events that nobody declares. */
export function checkCaching(
  where: string,
  {
    kind,
    method,
    cache,
  }: { readonly kind: string; readonly method: string; readonly cache: Caching | undefined },
  events: readonly string[],
): void {
  if (!cache) return;
  if (kind !== 'query' || method !== 'GET')
    badDefinition(`${where}: only a query with GET can be cached`);
  const { maxAgeMs, staleWhileMs = 0, staleIfErrorMs = 0 } = cache;
  if (!(maxAgeMs > 0 && staleWhileMs >= 0 && staleIfErrorMs >= 0))
    badDefinition(`${where}: cache needs maxAgeMs above 0, and no time below 0`);
  for (const [name] of dropsOf(cache))
    if (!events.includes(name))
      badDefinition(`${where}: cache drops on '${name}', which is no event of this contract`);
}
