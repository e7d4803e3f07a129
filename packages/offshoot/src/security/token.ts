// How is an identity signed, and when is a token believed? RFC 7519, 8037, 8725.
import type { OffshootError } from '../error/index.ts';
import type { SigningKey } from '../runtime/index.ts';
import { type Json, refuse, type Verifier, verifiedClaims } from './signed-text.ts';

export type { Verifier } from './signed-text.ts';

export interface Claims {
  readonly sub: string;
  readonly iss: string;
  readonly aud: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
  readonly jti?: string;
  /** The session that it belongs to: what a logout ends. */
  readonly sid?: string;
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
}

export interface Expected {
  readonly issuer: string;
  readonly audience: string;
  /**
   * The class of token, `typ` of the header: an access token is no refresh token. 'JWT' takes tokens
   * that do not say.
   */
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** From `iat` to `exp`. @default 86400 */
  readonly lifeSecondsMax?: number;
  /** Whether it may be for others too, as many foreign issuers write. @default false */
  readonly allowsAudiences?: boolean;
  /** What is thrown at a good token that comes too late or too early. @default UNAUTHENTICATED */
  readonly untimely?: (why: string) => OffshootError;
}

const SKEW_SECONDS = 5;
const LIFE_SECONDS_MAX = 86_400;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs claims as a compact JWS with EdDSA. `type` becomes the header's `typ`. */
export function issueToken(key: SigningKey, kid: string, type: string, claims: Claims): string {
  const head = `${encode({ alg: 'EdDSA', typ: type, kid })}.${encode(claims)}`;
  return `${head}.${Buffer.from(key.sign(head)).toString('base64url')}`;
}

function checkTimes(claims: Json, expected: Expected): void {
  const { now, lifeSecondsMax = LIFE_SECONDS_MAX, untimely = refuse } = expected;
  const seconds = now / 1_000;
  const { exp, iat, nbf } = claims;
  if (typeof exp !== 'number' || typeof iat !== 'number') throw refuse('the token has no times');
  if (exp <= seconds - SKEW_SECONDS) throw untimely('the token has expired; refresh it');
  if (iat > seconds + SKEW_SECONDS) throw untimely('the token is from the future');
  if (exp - iat > lifeSecondsMax) throw refuse('the token lives longer than any should');
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf > seconds + SKEW_SECONDS))
    throw refuse('the token is not valid yet');
}

/** Of a list only one that an issuer who is asked to may write: `['shop', 'billing']`. */
const isFor = (aud: unknown, { audience, allowsAudiences = false }: Expected): boolean =>
  aud === audience || (allowsAudiences && Array.isArray(aud) && aud.includes(audience));

function checkClaims(claims: Json, expected: Expected): Claims {
  const { sub, iss, aud } = claims;
  if (typeof sub !== 'string' || sub === '') throw refuse('the token names no subject');
  if (iss !== expected.issuer) throw refuse('the token is from another issuer');
  if (!isFor(aud, expected)) throw refuse('the token is for another audience');
  checkTimes(claims, expected);
  return claims as unknown as Claims;
}

/**
 * Returns the claims of a token that is whole, signed, of the expected class and alive. Throws
 * UNAUTHENTICATED. The algorithm is the key's, whatever the token says.
 */
export function verifyToken(token: string, keys: Verifier, expected: Expected): Claims {
  return checkClaims(verifiedClaims(token, keys, expected.type), expected);
}
