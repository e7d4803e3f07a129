// How is an identity signed, and when is a token believed? RFC 7519, 8037, 8725.
import { OffshootError } from '../error/index.ts';
import type { SigningKey, VerifyingKey } from '../runtime/index.ts';

export interface Claims {
  readonly sub: string;
  readonly iss: string;
  readonly aud: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly exp: number;
  readonly jti?: string;
  readonly roles?: readonly string[];
  readonly permissions?: readonly string[];
}

export interface Expected {
  readonly issuer: string;
  readonly audience: string;
  /** The class of token, `typ` of the header: an access token is no refresh token. */
  readonly type: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

export interface Verifier {
  /** The key of a `kid`, or undefined. A kid is an opaque name, never a path. */
  (kid: string): VerifyingKey | undefined;
}

const TOKEN_LENGTH_MAX = 4_096;
const KID_LENGTH_MAX = 64;
const SKEW_SECONDS = 5;

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const refuse = (why: string) => new OffshootError('UNAUTHENTICATED', why);

/** Signs claims as a compact JWS with EdDSA. `type` becomes the header's `typ`. */
export function issueToken(key: SigningKey, kid: string, type: string, claims: Claims): string {
  const head = `${encode({ alg: 'EdDSA', typ: type, kid })}.${encode(claims)}`;
  return `${head}.${Buffer.from(key.sign(head)).toString('base64url')}`;
}

function decode(part: string): Record<string, unknown> {
  if (!/^[\w-]+$/.test(part)) throw refuse('the token is not well-formed');
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) throw refuse('the token is not well-formed');
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch {
    // Falls through: not JSON is as malformed as not an object.
  }
  throw refuse('the token is not well-formed');
}

function checkHeader(header: Record<string, unknown>, type: string): string {
  if (header.alg !== 'EdDSA') throw refuse('the token is not signed with EdDSA');
  if (header.typ !== type) throw refuse('this is another kind of token');
  for (const name of ['crit', 'jku', 'jwk', 'x5u', 'x5c', 'b64'])
    if (name in header) throw refuse(`the token header must not carry ${name}`);
  const { kid } = header;
  if (typeof kid !== 'string' || kid.length > KID_LENGTH_MAX)
    throw refuse('the token names no key');
  return kid;
}

function checkClaims(claims: Record<string, unknown>, expected: Expected): Claims {
  const seconds = expected.now / 1_000;
  const { sub, iss, aud, exp, iat, nbf } = claims;
  if (typeof sub !== 'string' || sub === '') throw refuse('the token names no subject');
  if (iss !== expected.issuer) throw refuse('the token is from another issuer');
  if (aud !== expected.audience) throw refuse('the token is for another audience');
  if (typeof exp !== 'number' || typeof iat !== 'number') throw refuse('the token has no times');
  if (exp <= seconds - SKEW_SECONDS) throw refuse('the token has expired; refresh it');
  if (iat > seconds + SKEW_SECONDS) throw refuse('the token is from the future');
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf > seconds + SKEW_SECONDS))
    throw refuse('the token is not valid yet');
  return claims as unknown as Claims;
}

/** Returns the claims of a token that is whole, signed, of the expected class and alive. */
export function verifyToken(token: string, keys: Verifier, expected: Expected): Claims {
  if (token.length > TOKEN_LENGTH_MAX) throw refuse('the token is too long');
  const [header, body, signature, ...rest] = token.split('.');
  if (!header || !body || !signature || rest.length > 0)
    throw refuse('the token is not well-formed');
  const kid = checkHeader(decode(header), expected.type);
  const key = keys(kid);
  if (!key) throw refuse('the token is signed with an unknown key');
  const bytes = Buffer.from(signature, 'base64url');
  const canonical = bytes.toString('base64url') === signature;
  if (!canonical || bytes.length !== 64 || !key.verify(`${header}.${body}`, bytes))
    throw refuse('the signature does not fit');
  return checkClaims(decode(body), expected);
}
