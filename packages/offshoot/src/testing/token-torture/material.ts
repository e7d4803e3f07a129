// What does an attacker on tokens have in hand, and how are its tokens written?
import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export interface TortureTarget {
  /** A token that the verifier under test believes. */
  readonly good: string;
  /** Seconds since 1970, as the verifier's clock has it. */
  readonly now: number;
  /** The public key of `good`, as everybody can fetch it: `x` of an Ed25519 JWK. */
  readonly x: string;
  /**
   * Signs as the issuer of `good` does: for tokens that only a careless issuer would make.
   * @default those are left out
   */
  readonly sign?: (data: string) => Uint8Array;
}

export interface TortureToken {
  /** `alg`, `kid`, `signature`, … */
  readonly group: string;
  /** What is wrong with it, unique within its group. */
  readonly name: string;
  readonly token: string;
}

export type Json = Readonly<Record<string, unknown>>;

/** The parts of a target, and the ways to put a token together from parts. */
export interface Material {
  readonly target: TortureTarget;
  readonly parts: readonly [header: string, claims: string, signature: string];
  readonly header: Json;
  readonly claims: Json;
  /** By a key that the verifier never saw. */
  forged(header: unknown, claims?: unknown): string;
  /** By HMAC with a secret of the attacker's choice. */
  hashed(algorithm: string, secret: string | Uint8Array, header?: Json): string;
  /** By the issuer's own key; undefined when the attacker has not got it. */
  readonly issued: ((header: unknown, claims?: unknown) => string) | undefined;
  /** Signature part as the attacker's key makes it. */
  signed(head: string): string;
}

/** JSON text as it stands when it is a text already: for what no serialiser would write. */
export const part = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toString(
    'base64url',
  );

const decoded = (text: string): Json => JSON.parse(Buffer.from(text, 'base64url').toString());

export function material(target: TortureTarget): Material {
  const [head = '', body = '', signature = ''] = target.good.split('.');
  const header = decoded(head);
  const claims = decoded(body);
  const stranger: KeyObject = generateKeyPairSync('ed25519').privateKey;
  const signed = (data: string) => sign(null, Buffer.from(data), stranger).toString('base64url');
  const whole = (made: (data: string) => string, one: unknown, other: unknown) => {
    const data = `${part(one)}.${part(other)}`;
    return `${data}.${made(data)}`;
  };
  const issue = target.sign;
  return {
    target,
    parts: [head, body, signature],
    header,
    claims,
    signed,
    forged: (one, other = claims) => whole(signed, one, other),
    hashed: (algorithm, secret, more = {}) =>
      whole(
        (data) =>
          createHmac(`sha${algorithm.slice(2)}`, secret)
            .update(data)
            .digest('base64url'),
        { ...header, alg: algorithm, ...more },
        claims,
      ),
    issued:
      issue &&
      ((one, other = claims) =>
        whole((data) => Buffer.from(issue(data)).toString('base64url'), one, other)),
  };
}
