// What has ended before its tokens have, and who is told?
import { queryHandler } from 'offshoot/service';
import { collection, every, put } from 'offshoot/store';
import { identity } from '../../contracts/identity.ts';
import { ACCESS_TOKEN_SECONDS } from '../../contracts/identity-token.ts';
import { publishedKids } from './signing-key.ts';

/** By an id that grows with time. It goes when the last access token of then is dead. */
export interface Revoked {
  readonly kind: 'session' | 'user';
  /** The family of a session, or a user. */
  readonly of: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly ends: number;
}

export const revocations = collection<Revoked>('revocations', { ends: 'ends' });

const SKEW_MS = 60_000;
const PAGE = 1_000;

/** The change that makes every edge refuse what it may still find good. `id`: of the unit. */
export const revocation = (id: string, kind: Revoked['kind'], of: string, at: number) =>
  put(revocations, id, { kind, of, at, ends: at + ACCESS_TOKEN_SECONDS * 1_000 + SKEW_MS }, 0);

/** All ids of a time are above this one: they begin with their milliseconds (RFC 9562, UUIDv7). */
const idAt = (ms: number): string => {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
};

export const listRevocations = queryHandler(identity.revocations, {
  load: ({ input }) => ({
    found: every(revocations, { after: idAt(input.since), limit: PAGE }),
    kids: publishedKids(),
  }),
  answer: ({ loaded: { found, kids } }) => ({
    revoked: found.map(({ data: { kind, of, at } }) => ({ kind, id: of, at })),
    more: found.length === PAGE,
    kids,
  }),
});
