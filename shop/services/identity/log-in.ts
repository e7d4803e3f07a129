// How does a password become tokens?
import { refuse } from 'offshoot/contract';
import type { Cryptography } from 'offshoot/runtime';
import { type Claims, issueToken } from 'offshoot/security';
import { commandHandler } from 'offshoot/service';
import { one, put, type Reach } from 'offshoot/store';
import { identity } from '../../contracts/identity.ts';
import {
  ACCESS_TOKEN_SECONDS,
  ACCESS_TOKEN_TYPE,
  AUDIENCE,
  ISSUER,
} from '../../contracts/identity-token.ts';
import { type Credential, credentials, normalEmail, refreshTokens } from './credential.ts';
import { CURRENT, currentKey, OWNER, type SigningKeyRecord, signingKeys } from './signing-key.ts';

const REFRESH_TOKEN_MS = 30 * 24 * 3_600_000;
const SECRET_BYTES = 32;

/**
 * Nobody's password, with the parameters of everybody's: an address that has no account costs
 * as much time as one that has. A constant, so that the first look at it is like every other.
 */
const NOBODY =
  '$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$bm9ib2R5IGtub3dzIHRoaXMgcGFzc3dvcmQ6IGV2ZXI';

export const logIn = commandHandler(identity.login, {
  async prepare({ input }, reach) {
    const emailHash = reach.lookup(normalEmail(input.email));
    const found = await reach.read(one(credentials, emailHash));
    const { cryptography } = reach;
    const hash = found?.data.passwordHash ?? NOBODY;
    const fits = await cryptography.verifyPassword(input.password, hash);
    if (!found || !fits) return refuse('UNAUTHENTICATED');
    return { credential: found.data, cryptography, ...secrets(reach) };
  },
  load: () => ({ key: currentKey() }),
  decide({ prepared, loaded, at }) {
    const { credential, cryptography, candidate, refreshToken, jti } = prepared;
    const key = loaded.key?.data ?? candidate;
    const made = loaded.key ? [] : [put(signingKeys, CURRENT, candidate, 0)];
    const { userId } = credential;
    const kept = { userId, issuedAt: at, expires: at + REFRESH_TOKEN_MS };
    const accessToken = signed(key, claimsOf(credential, jti, at), cryptography);
    const fingerprint = sha256(cryptography, refreshToken);
    return {
      documents: [...made, put(refreshTokens, fingerprint, kept, 0)],
      reply: { accessToken, refreshToken, expiresIn: ACCESS_TOKEN_SECONDS },
    };
  },
});

/** What must be random is drawn before `decide`, the key for the case that there is none yet too. */
function secrets(reach: Reach) {
  const seed = reach.secret(SECRET_BYTES);
  const { x } = reach.cryptography.signingKey(Buffer.from(seed, 'base64url'));
  const candidate: SigningKeyRecord = { owner: OWNER, kid: reach.id(), seed, x };
  return { candidate, refreshToken: reach.secret(SECRET_BYTES), jti: reach.id() };
}

function claimsOf({ userId, roles, permissions }: Credential, jti: string, at: number): Claims {
  const iat = Math.floor(at / 1_000);
  const exp = iat + ACCESS_TOKEN_SECONDS;
  return { sub: userId, iss: ISSUER, aud: AUDIENCE, iat, exp, jti, roles, permissions };
}

function signed(key: SigningKeyRecord, claims: Claims, cryptography: Cryptography): string {
  const signing = cryptography.signingKey(Buffer.from(key.seed, 'base64url'));
  return issueToken(signing, key.kid, ACCESS_TOKEN_TYPE, claims);
}

const sha256 = (cryptography: Cryptography, text: string) =>
  Buffer.from(cryptography.sha256(text)).toString('base64url');
