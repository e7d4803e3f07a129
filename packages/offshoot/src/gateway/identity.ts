// Who sends this request?
import { asOffshootError, badDefinition, OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import {
  ANONYMOUS,
  type Claims,
  Principal,
  type Verifier,
  verifyToken,
} from '../security/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { type KeySet, type KeySource, keySet } from './key-set.ts';
import { type RevocationOptions, revocations } from './revocations.ts';

export interface TokenOptions {
  readonly issuer: string;
  readonly audience: string;
  /** `typ` of an access token's header: `at+jwt`, RFC 9068. 'JWT' for issuers that do not say. */
  readonly type: string;
  /** The issuer's public keys. Asked again, at most once in 30 s, when a token names another. */
  readonly keys?: KeySource;
  /** In place of keys, HS256: 32 bytes or more that the issuer shares with this gateway. */
  readonly secret?: Uint8Array;
  /** From `iat` to `exp`. @default 86400 */
  readonly lifeSecondsMax?: number;
  /** Whether tokens may be for others too. @default false */
  readonly allowsAudiences?: boolean;
  /** @default the claims `roles` and `permissions` */
  readonly rights?: (claims: Readonly<Record<string, unknown>>) => Rights;
  /** Which tokens have ended before their time. @default none */
  readonly revocations?: RevocationOptions;
}

export interface Rights {
  readonly roles: readonly string[];
  readonly permissions: readonly string[];
}

/**
 * The principal of an Authorization header, at once where the token is known. Throws or rejects with
 * UNAUTHENTICATED or UNAVAILABLE.
 */
export type Identify = (authorization: string | undefined) => Principal | Promise<Principal>;

interface Verified {
  readonly principal: Principal;
  readonly claims: Claims;
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

const rightsOf: NonNullable<TokenOptions['rights']> = ({ roles, permissions }) => ({
  roles: strings(roles),
  permissions: strings(permissions),
});

/** One key that never changes, whatever a token calls it. Throws BAD_SETTING for a short secret. */
function secretSet({ cryptography }: Runtime, secret: Uint8Array): KeySet {
  try {
    const key = cryptography.secretKey(secret);
    return { find: () => key, refresh: async () => false, keep: () => {} };
  } catch (cause) {
    const message = 'the secret of access tokens has less than 32 bytes: give a longer one';
    throw new OffshootError('BAD_SETTING', message, { cause });
  }
}

function keysOf(
  runtime: Runtime,
  logger: Logger,
  { keys, secret }: TokenOptions,
  onWithdrawn: () => void,
): KeySet {
  if (secret && !keys) return secretSet(runtime, secret);
  if (!keys || secret)
    return badDefinition('access tokens are verified with keys of their issuer, or with a secret');
  return keySet({ runtime, logger, source: keys, onWithdrawn });
}

/**
 * Verifies each token once: what passed is remembered until it expires (at most 10,000 tokens, the
 * oldest go first), until its issuer withdraws a key, or until its session has ended. No header is
 * ANONYMOUS. Throws BAD_DEFINITION unless it is given either keys or a secret.
 */
export function identity(runtime: Runtime, logger: Logger, options: TokenOptions): Identify {
  const verified = new Map<string, Verified>();
  const keys = keysOf(runtime, logger, options, () => verified.clear());
  const { rights = rightsOf } = options;
  const ended = options.revocations && revocations(runtime, logger, options.revocations, keys.keep);

  /** The claims, or undefined when the key is unknown. Throws what else is wrong. */
  const claimsOf = (token: string): Claims | undefined => {
    let isUnknown = false;
    const find: Verifier = (kid) => {
      const key = keys.find(kid);
      isUnknown = key === undefined;
      return key;
    };
    try {
      return verifyToken(token, find, { ...options, now: runtime.now() });
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

  const verify = async (token: string): Promise<Verified> => {
    const claims = claimsOf(token) ?? ((await refresh()) ? claimsOf(token) : undefined);
    if (!claims) throw unauthenticated('the token is signed with an unknown key');
    const may = rights(claims as unknown as Readonly<Record<string, unknown>>);
    return { principal: new Principal({ kind: 'user', id: claims.sub, ...may }), claims };
  };

  const remember = (token: string, one: Verified): void => {
    if (verified.size >= VERIFIED_MAX)
      for (const oldest of verified.keys()) {
        verified.delete(oldest);
        break;
      }
    verified.set(token, one);
  };

  const believed = ({ principal, claims }: Verified): Principal => {
    if (ended?.isRevoked(claims)) throw unauthenticated('the session was ended; log in again');
    return principal;
  };

  const first = async (token: string): Promise<Principal> => {
    await ended?.recent();
    const one = await verify(token);
    remember(token, one);
    return believed(one);
  };

  return (authorization) => {
    if (authorization === undefined) return ANONYMOUS;
    const token = bearerToken(authorization);
    keys.keep();
    const known = verified.get(token);
    if (known === undefined) return first(token);
    if (known.claims.exp <= runtime.now() / 1_000) {
      verified.delete(token);
      return first(token);
    }
    const recent = ended?.recent();
    if (!recent) return believed(known);
    // Its key may have been withdrawn meanwhile.
    return recent.then(() => (verified.get(token) === known ? believed(known) : first(token)));
  };
}
