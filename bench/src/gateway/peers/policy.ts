// The same policy for every peer, by the cheapest means that npm has: a token, a limit, an id.
import { createVerifier } from 'fast-jwt';

const verify = createVerifier({
  key: process.env.SECRET,
  algorithms: ['HS256'],
  allowedIss: process.env.ISSUER,
  allowedAud: process.env.AUDIENCE,
  cache: 10_000,
});
const WINDOW_MS = 60_000;
const MAX = 100_000_000;
const counts = new Map<string, { count: number; until: number }>();
const prefix = Math.random().toString(36).slice(2);
let last = 0;

export const origins = process.env.ORIGINS!.split(',');
let turn = 0;
export function origin(): string {
  turn = (turn + 1) % origins.length;
  return origins[turn]!;
}
export function requestId(): string {
  last += 1;
  return `${prefix}-${last}`;
}

/** The status of a refusal, or 0. */
export function refusal(authorization: string | undefined): number {
  let sub: string;
  try {
    sub = verify(authorization!.slice('Bearer '.length)).sub;
  } catch {
    return 401;
  }
  const now = Date.now();
  let one = counts.get(sub);
  if (!one || one.until < now) {
    one = { count: 0, until: now + WINDOW_MS };
    counts.set(sub, one);
  }
  one.count += 1;
  return one.count > MAX ? 429 : 0;
}
