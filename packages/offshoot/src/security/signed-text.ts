// Is this a signed text as RFC 7515 writes it in one line, and is the signature good?
import { OffshootError } from '../error/index.ts';
import type { VerifyingKey } from '../runtime/index.ts';

/** The key of a `kid` ('' where a token names none), or undefined. An opaque name, never a path. */
export type Verifier = (kid: string) => VerifyingKey | undefined;

export type Json = Readonly<Record<string, unknown>>;

const TOKEN_LENGTH_MAX = 4_096;
const KID_LENGTH_MAX = 64;
/** What brings a key along, or asks for something to be done that nobody does here. */
const NEVER = [
  ...['crit', 'jku', 'jwk', 'x5u', 'x5c', 'b64'],
  ...['zip', 'enc', 'epk', 'p2c', 'p2s'],
];
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const refuse = (why: string): OffshootError => new OffshootError('UNAUTHENTICATED', why);
const malformed = () => refuse('the token is not well-formed');

const members = (value: unknown): number => {
  if (typeof value !== 'object' || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((sum: number, one) => sum + members(one), own);
};

/** Two readers may disagree on a member that comes twice: `alg`, `sub`. Outside of texts a colon is a member. */
const isRepeating = (text: string, value: unknown): boolean => {
  const colons = text.replace(/"(?:[^"\\]|\\.)*"/g, '').split(':').length - 1;
  return colons !== members(value);
};

/** The bytes of a part in its one spelling: no padding, no spare bits, no other alphabet. */
function bytesOf(part: string): Buffer {
  if (!/^[\w-]+$/.test(part)) throw malformed();
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) throw malformed();
  return bytes;
}

function decode(part: string): Json {
  const bytes = bytesOf(part);
  try {
    const text = utf8.decode(bytes);
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (isObject && !isRepeating(text, value)) return value as Json;
  } catch {
    // Falls through: not JSON is as malformed as not an object.
  }
  throw malformed();
}

function kidOf({ kid = '' }: Json): string {
  if (typeof kid !== 'string' || kid.length > KID_LENGTH_MAX)
    throw refuse('the token names no key');
  return kid;
}

/** `JWT` is also what a token is that does not say: older issuers leave it out. */
const isOfType = (typ: unknown, type: string): boolean =>
  typ === type || (type === 'JWT' && (typ === undefined || typ === 'jwt'));

function checkHeader(header: Json, type: string): string {
  if (!isOfType(header.typ, type)) throw refuse('this is another kind of token');
  for (const name of NEVER)
    if (name in header) throw refuse(`the token header must not carry ${name}`);
  return kidOf(header);
}

/**
 * The claims of a compact JWS of this `typ`, at most 4096 characters, under the signature of the key
 * that it names, with the algorithm of that key. Throws UNAUTHENTICATED for everything else.
 */
export function verifiedClaims(token: string, keys: Verifier, type: string): Json {
  if (token.length > TOKEN_LENGTH_MAX) throw refuse('the token is too long');
  const [head, body, signature, ...rest] = token.split('.');
  if (!head || !body || !signature || rest.length > 0) throw malformed();
  const header = decode(head);
  const kid = checkHeader(header, type);
  const key = keys(kid);
  if (!key) throw refuse('the token is signed with an unknown key');
  // The key says how it is verified; the token may only agree.
  const { algorithm = 'EdDSA' } = key;
  if (header.alg !== algorithm) throw refuse(`the token is not signed with ${algorithm}`);
  if (!key.verify(`${head}.${body}`, bytesOf(signature)))
    throw refuse('the signature does not fit');
  return decode(body);
}
