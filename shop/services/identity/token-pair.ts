// What does somebody who proved who they are get in hand, and what is kept of it?
import type { Cryptography } from 'offshoot/runtime';
import { type Claims, issueToken } from 'offshoot/security';
import { put, type Reach, type UnitOfWork } from 'offshoot/store';
import {
  ACCESS_TOKEN_SECONDS,
  ACCESS_TOKEN_TYPE,
  AUDIENCE,
  ISSUER,
} from '../../contracts/identity-token.ts';
import { type Credential, type RefreshToken, refreshTokens } from './credential.ts';
import { type KeyRing, OWNER, type SigningKeyRecord, turned } from './signing-key.ts';

const REFRESH_TOKEN_MS = 30 * 24 * 3_600_000;
const SECRET_BYTES = 32;

/** What must be random, drawn before `decide`, the key for the case that there is none yet too. */
export interface Secrets {
  readonly candidate: SigningKeyRecord;
  readonly refreshToken: string;
  readonly jti: string;
  readonly cryptography: Cryptography;
}

/** A key that may become the next one. */
export function keyCandidate(reach: Reach): SigningKeyRecord {
  const seed = reach.secret(SECRET_BYTES);
  const { x } = reach.cryptography.signingKey(Buffer.from(seed, 'base64url'));
  return { owner: OWNER, kid: reach.id(), seed, x };
}

export function secrets(reach: Reach): Secrets {
  const { cryptography } = reach;
  const candidate = keyCandidate(reach);
  return { candidate, refreshToken: reach.secret(SECRET_BYTES), jti: reach.id(), cryptography };
}

/** Under which id a refresh token is kept: only its holder can say it. */
export const fingerprintOf = (cryptography: Cryptography, token: string) =>
  Buffer.from(cryptography.sha256(token)).toString('base64url');

export interface Pair {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Of the access token, seconds. */
  readonly expiresIn: number;
}

/** A new pair of tokens of a family, and the changes that make it good. */
export function issued(
  { credential, family, at }: { credential: Credential; family: string; at: number },
  { candidate, refreshToken, jti, cryptography }: Secrets,
  ring: KeyRing,
): { documents: NonNullable<UnitOfWork['documents']>; reply: Pair } {
  const { key, documents } = turned(ring, candidate, at);
  const { userId, emailHash } = credential;
  const kept: RefreshToken = {
    ...{ userId, emailHash, family },
    ...{ issuedAt: at, expires: at + REFRESH_TOKEN_MS, isUsed: false },
  };
  const accessToken = signed(key, claimsOf(credential, { jti, sid: family }, at), cryptography);
  const fingerprint = fingerprintOf(cryptography, refreshToken);
  return {
    documents: [...documents, put(refreshTokens, fingerprint, kept, 0)],
    reply: { accessToken, refreshToken, expiresIn: ACCESS_TOKEN_SECONDS },
  };
}

function claimsOf(
  { userId, roles, permissions }: Credential,
  ids: { readonly jti: string; readonly sid: string },
  at: number,
): Claims {
  const iat = Math.floor(at / 1_000);
  const exp = iat + ACCESS_TOKEN_SECONDS;
  return { sub: userId, iss: ISSUER, aud: AUDIENCE, iat, exp, ...ids, roles, permissions };
}

function signed(key: SigningKeyRecord, claims: Claims, cryptography: Cryptography): string {
  const signing = cryptography.signingKey(Buffer.from(key.seed, 'base64url'));
  return issueToken(signing, key.kid, ACCESS_TOKEN_TYPE, claims);
}
