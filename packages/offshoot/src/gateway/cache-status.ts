// How does a client see what a cache did for it? RFC 9211, and Age of RFC 9111.
import type { Answered } from '../resilience/index.ts';

const NAME = 'offshoot';
const MS_A_SECOND = 1_000;

/** The values of `Cache-Status` and, for what was kept, `Age`. */
export function cacheHeaders({
  use,
  ageMs,
  ttlMs,
  isKept,
  cause,
}: Omit<Answered<unknown>, 'value'>): Readonly<Record<string, string>> {
  const ttl = `ttl=${Math.floor(ttlMs / MS_A_SECOND)}`;
  const age = { age: String(Math.max(0, Math.floor(ageMs / MS_A_SECOND))) };
  if (use === 'collapsed') return { 'cache-status': `${NAME}; fwd=miss; collapsed` };
  if (use === 'miss')
    return { 'cache-status': `${NAME}; fwd=miss${isKept ? `; stored; ${ttl}` : ''}` };
  // Asked for, in vain: what was kept stands in.
  if (cause !== undefined)
    return { 'cache-status': `${NAME}; fwd=stale; ${ttl}; detail=${cause}`, ...age };
  return { 'cache-status': `${NAME}; hit; ${ttl}`, ...age };
}

/** For a request that the cache was not asked for. */
export const BYPASSED = Object.freeze({ 'cache-status': `${NAME}; fwd=bypass` });
