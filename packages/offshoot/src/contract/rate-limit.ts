// How often may somebody call an operation at the edge?
import { badDefinition } from '../error/index.ts';
import type { Access } from './access.ts';

export interface RateLimit {
  readonly windowMs: number;
  /** So many at once, and so many again as the window passes. */
  readonly max: number;
  /**
   * Whose calls are counted together. `address` is counted before anybody looks at a token;
   * `principal` after it, and for who sends none by their address.
   */
  readonly per: 'address' | 'principal';
  /** How calls come back: one by one, or all when the window of the first is over. @default 'sliding' */
  readonly window?: 'sliding' | 'fixed';
}

/** For operations whose contract says nothing: 100 in 15 minutes for each principal. */
export const RATE_LIMIT_DEFAULT: RateLimit = { windowMs: 900_000, max: 100, per: 'principal' };

const isCount = (value: number) => Number.isInteger(value) && value >= 1;

/** The limit of an operation; undefined when it has none. Throws BAD_DEFINITION for no limit. */
export function rateLimitOf(
  where: string,
  access: Access,
  declared: RateLimit | 'none' | undefined,
): RateLimit | undefined {
  // Services do not come through the edge.
  if (access.kind === 'services' || declared === 'none') return undefined;
  const limit = declared ?? RATE_LIMIT_DEFAULT;
  if (!isCount(limit.windowMs) || !isCount(limit.max))
    badDefinition(`${where}: a rate limit is a whole number of calls in whole milliseconds`);
  return limit;
}
