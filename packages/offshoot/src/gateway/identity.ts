// Who sends this request?
import { asOffshootError, OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import {
  ANONYMOUS,
  type Claims,
  type Expected,
  Principal,
  verifyToken,
} from '../security/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { keySet, type PublicKey } from './key-set.ts';

export interface TokenOptions {
  readonly issuer: string;
  readonly audience: string;
  /** `typ` of an access token's header: `at+jwt`, RFC 9068. */
  readonly type: string;
  /** The issuer's public keys. Asked again, at most once in 30 s, when a token names another. */
  keys(): Promise<readonly PublicKey[]>;
}

/** The principal of an Authorization header. Rejects with UNAUTHENTICATED or UNAVAILABLE. */
export type Identify = (authorization: string | undefined) => Promise<Principal>;

interface Verified {
  readonly principal: Principal;
  /** Seconds since 1970. */
  readonly exp: number;
}

const VERIFIED_MAX = 10_000;
const SCHEME = 'bearer ';

const unauthenticated = (message: string) => new OffshootError('UNAUTHENTICATED', message);

/** Exactly one token. Two headers arrive joined by a comma and are none. */
function bearerToken(header: string): string {
  const isBearer = header.slice(0, SCHEME.length).toLowerCase() === SCHEME;
  const token = header.slice(SCHEME.length).trim();
  if (!isBearer || token === '' || token.includes(' ') || token.includes(','))
    throw unauthenticated('send Authorization: Bearer and one access token');
  return token;
}

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

function principalOf({ sub, roles, permissions }: Claims): Principal {
  const rights = { roles: strings(roles), permissions: strings(permissions) };
  return new Principal({ kind: 'user', id: sub, ...rights });
}

/**
 * Verifies each token once: what passed is remembered until it expires (at most 10,000 tokens,
 * the oldest go first) or until its issuer withdraws a key. No header is ANONYMOUS.
 */
export function identity(runtime: Runtime, logger: Logger, options: TokenOptions): Identify {
  const verified = new Map<string, Verified>();
  const keys = keySet(runtime, logger, options.keys, () => verified.clear());

  const expected = (): Expected => {
    const { issuer, audience, type } = options;
    return { issuer, audience, type, now: runtime.now() };
  };

  /** The claims, or undefined when the key is unknown. Throws what else is wrong. */
  const claimsOf = (token: string): Claims | undefined => {
    let isUnknown = false;
    const find = (kid: string) => {
      const key = keys.find(kid);
      isUnknown = key === undefined;
      return key;
    };
    try {
      return verifyToken(token, find, expected());
    } catch (error) {
      if (isUnknown) return undefined;
      throw error;
    }
  };

  const refresh = async (): Promise<boolean> => {
    try {
      return await keys.refresh();
    } catch (cause) {
      const why = { code: asOffshootError(cause).code };
      logger.warn('the public keys of access tokens could not be fetched', why);
      // Not the client's fault: a 401 would sign it out.
      throw new OffshootError('UNAVAILABLE', 'the token cannot be checked now', { cause });
    }
  };

  const verify = async (token: string): Promise<Claims> => {
    const claims = claimsOf(token) ?? ((await refresh()) ? claimsOf(token) : undefined);
    if (!claims) throw unauthenticated('the token is signed with an unknown key');
    return claims;
  };

  const remember = (token: string, one: Verified): void => {
    if (verified.size >= VERIFIED_MAX)
      for (const oldest of verified.keys()) {
        verified.delete(oldest);
        break;
      }
    verified.set(token, one);
  };

  return async (authorization) => {
    if (authorization === undefined) return ANONYMOUS;
    const token = bearerToken(authorization);
    const known = verified.get(token);
    if (known && known.exp > runtime.now() / 1_000) return known.principal;
    if (known) verified.delete(token);
    const claims = await verify(token);
    const principal = principalOf(claims);
    remember(token, { principal, exp: claims.exp });
    return principal;
  };
}
