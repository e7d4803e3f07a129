// Which key signs access tokens, where does it come from, and when does another take its place?
import {
  collection,
  type Document,
  type DocumentChange,
  every,
  map,
  one,
  put,
  remove,
} from 'offshoot/store';
import { ACCESS_TOKEN_SECONDS } from '../../contracts/identity-token.ts';

export interface SigningKeyRecord {
  /** Whose key in the keyring seals the seed. */
  readonly owner: typeof OWNER;
  readonly kid: string;
  /** 32 bytes, base64url; empty when it never signs again. */
  readonly seed: string;
  /** The public part, as in a JWK. */
  readonly x: string;
  /** When it signs its first token, milliseconds since 1970. */
  readonly since?: number;
  /** When its last token has died: until then it is published. */
  readonly ends?: number;
}

export const OWNER = 'service:identity';
export const CURRENT = 'current';
/** The key that is published already and signs nothing yet. */
export const NEXT = 'next';

const DAY_MS = 24 * 3_600_000;
/** A key signs for so long, if somebody logs in then: with nobody there nothing is signed. */
const SIGNS_MS = 30 * DAY_MS;
/** So long a key is published before it signs: whoever verifies has fetched it by then. */
export const PUBLISHED_MS = 600_000;
/** Clocks differ. */
const SKEW_MS = 60_000;
/** Current, next, and those whose tokens still live: what edges take of a key set. */
export const PUBLISHED_MAX = 256;

export const signingKeys = collection<SigningKeyRecord>('signing_keys', {
  ends: 'ends',
  personal: { subject: 'owner', fields: ['seed'] },
});

export interface KeyRing {
  readonly current: Document<SigningKeyRecord> | undefined;
  readonly next: Document<SigningKeyRecord> | undefined;
}

/** What the unit that signs has to load. */
export const keyRing = () => ({ current: one(signingKeys, CURRENT), next: one(signingKeys, NEXT) });

/** All that tokens may be signed with: past, present and future. */
export const publishedKeys = () => every(signingKeys, { limit: PUBLISHED_MAX });
export const publishedKids = () => map(publishedKeys(), (keys) => keys.map(({ data }) => data.kid));

export interface Turn {
  /** Signs now. */
  readonly key: SigningKeyRecord;
  /** What has changed, if it was time. */
  readonly documents: readonly DocumentChange[];
}

/** The next key, from now on or later. */
export const asNext = (candidate: SigningKeyRecord, since: number, revision = 0) =>
  put(signingKeys, NEXT, { ...candidate, since }, revision);

/**
 * Which key signs at `at`. The unit of whoever logs in turns the ring: first a new key is published,
 * later it signs, and the one before stays until its tokens have died. Nobody needs a clock for it.
 */
export function turned({ current, next }: KeyRing, candidate: SigningKeyRecord, at: number): Turn {
  if (!current) {
    const key = { ...candidate, since: at };
    return { key, documents: [put(signingKeys, CURRENT, key, 0)] };
  }
  if (next && at >= (next.data.since ?? 0)) {
    const ends = at + ACCESS_TOKEN_SECONDS * 1_000 + SKEW_MS;
    const retired = { ...current.data, seed: '', ends };
    const documents = [
      put(signingKeys, retired.kid, retired, 0),
      put(signingKeys, CURRENT, next.data, current.revision),
      remove(signingKeys, NEXT, next.revision),
    ];
    return { key: next.data, documents };
  }
  const isOld = at >= (current.data.since ?? 0) + SIGNS_MS;
  const documents = isOld && !next ? [asNext(candidate, at + PUBLISHED_MS)] : [];
  return { key: current.data, documents };
}
