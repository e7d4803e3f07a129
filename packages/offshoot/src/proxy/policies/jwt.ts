// Who sends this request, by the token that it carries?
import { OffshootError } from '../../error/index.ts';
import type { PublicJwk, VerifyingKey } from '../../runtime/index.ts';
import {
  ANONYMOUS,
  authorise,
  Principal,
  type Verifier,
  verifyToken,
} from '../../security/index.ts';
import type { PolicyContext, PolicyKind, SecretName } from '../policy.ts';
import { count, flag, options, secretName, text, texts } from './options.ts';

export interface JwtOptions {
  readonly issuer: string;
  readonly audience: string;
  /** `typ` of the token's header. 'JWT' takes tokens that do not say. @default JWT */
  readonly type?: string;
  /** HS256: at least 32 bytes. One of `secret` and `keys`. */
  readonly secret?: SecretName;
  /** Public keys as in a JWKS, each with its `kid`. */
  readonly keys?: readonly (PublicJwk & { readonly kid?: string })[];
  /** Any one of them is needed. @default none */
  readonly roles?: readonly string[];
  /** All of them are needed. @default none */
  readonly permissions?: readonly string[];
  /** Whether a request without a token passes, as nobody. @default false */
  readonly optional?: boolean;
  /** Whether the token goes on to the service. @default false */
  readonly forward?: boolean;
  /** From `iat` to `exp`. @default 86400 */
  readonly lifeSecondsMax?: number;
}

interface Known {
  /** The whole header: a signature alone is no key. */
  readonly authorization: string;
  readonly principal: Principal;
  /** Seconds since 1970. */
  readonly exp: number;
}

const TOKENS_MAX = 10_000;
/** The end of a signature tells tokens apart; hashing all of one costs twice as much. */
const TAIL = 43;
const SCHEME = /^bearer +([\w.-]+)$/i;

/** Each token is verified once, and believed until it expires; at most 10,000, the oldest go first. */
export const jwt: PolicyKind<JwtOptions> = {
  name: 'jwt',
  description: 'Asks for a signed token as Authorization: Bearer, and verifies it.',
  options: options(
    {
      ...{ issuer: text, audience: text, type: text, secret: secretName },
      keys: { type: 'array', minItems: 1, maxItems: 64, items: { type: 'object' } },
      ...{ roles: texts, permissions: texts, optional: flag, forward: flag, lifeSecondsMax: count },
    },
    ['issuer', 'audience'],
  ),
  make(given, context) {
    const { optional = false, forward = false, roles = [], permissions = [] } = given;
    const { issuer, audience, type = 'JWT', lifeSecondsMax } = given;
    const { runtime } = context;
    const find = keysOf(given, context);
    const access = { kind: 'users', roles, permissions } as const;
    const isOpen = roles.length === 0 && permissions.length === 0;
    const known = new Map<string, Known>();

    const verified = (authorization: string): Known => {
      const token = SCHEME.exec(authorization)?.[1];
      if (token === undefined)
        throw new OffshootError('UNAUTHENTICATED', 'send Authorization: Bearer and one token');
      const life = lifeSecondsMax === undefined ? {} : { lifeSecondsMax };
      const expected = {
        issuer,
        audience,
        type,
        now: runtime.now(),
        allowsAudiences: true,
        ...life,
      };
      const claims = verifyToken(token, find, expected);
      const rights = { roles: strings(claims.roles), permissions: strings(claims.permissions) };
      const principal = new Principal({ kind: 'user', id: claims.sub, ...rights });
      return { authorization, principal, exp: claims.exp };
    };

    const remember = (tail: string, one: Known): void => {
      if (known.size >= TOKENS_MAX) known.delete(known.keys().next().value as string);
      known.set(tail, one);
    };

    return {
      name: 'jwt',
      onRequest(exchange) {
        const { authorization } = exchange.head;
        if (authorization === undefined && optional) {
          exchange.principal = ANONYMOUS;
          return;
        }
        if (authorization === undefined)
          throw new OffshootError('UNAUTHENTICATED', 'send Authorization: Bearer and one token');
        const tail = authorization.slice(-TAIL);
        let one = known.get(tail);
        if (one?.authorization !== authorization || one.exp <= runtime.now() / 1_000) {
          one = verified(authorization);
          remember(tail, one);
        }
        if (!isOpen) authorise(access, one.principal);
        exchange.principal = one.principal;
        if (!forward) exchange.head.authorization = undefined;
      },
    };
  },
};

const strings = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

function keysOf(
  { secret, keys }: JwtOptions,
  { runtime, secret: read, route }: PolicyContext,
): Verifier {
  const { cryptography } = runtime;
  if ((secret === undefined) === (keys === undefined))
    throw new OffshootError('BAD_SETTING', `route ${route}: give jwt either a secret or keys`);
  if (secret !== undefined) {
    const key = secretKey(read(secret), cryptography.secretKey, route);
    return () => key;
  }
  const byId = new Map<string, VerifyingKey>();
  for (const jwk of keys ?? []) byId.set(jwk.kid ?? '', cryptography.publicKey(jwk));
  return (kid) => byId.get(kid);
}

function secretKey(
  secret: string,
  make: (bytes: Uint8Array) => VerifyingKey,
  route: string,
): VerifyingKey {
  try {
    return make(Buffer.from(secret));
  } catch (cause) {
    const message = `route ${route}: the secret of HS256 must have at least 32 bytes`;
    throw new OffshootError('BAD_SETTING', message, { cause });
  }
}
