// With which keys of others are tokens verified, each by one algorithm?
import {
  createHmac,
  createPublicKey,
  type JsonWebKey,
  type KeyObject,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import type { PublicJwk, TokenAlgorithm, VerifyingKey } from '../cryptography.ts';

const RSA_BITS_MIN = 2_048;
const SECRET_BYTES_MIN = 32;
/** Of EdDSA with Ed25519, and of ES256 as JOSE writes it: two numbers of 32 bytes. */
const SIGNATURE_BYTES = 64;

/** Which algorithm a key is for, by what kind of key it is. */
const KINDS: Readonly<Record<string, TokenAlgorithm>> = {
  'OKP Ed25519': 'EdDSA',
  'EC P-256': 'ES256',
  'RSA ': 'RS256',
};

const VERIFY: Readonly<
  Record<string, (data: Buffer, key: KeyObject, sign: Uint8Array) => boolean>
> = {
  EdDSA: (data, key, signature) =>
    signature.length === SIGNATURE_BYTES && verify(null, data, key, signature),
  ES256: (data, key, signature) =>
    signature.length === SIGNATURE_BYTES &&
    verify('sha256', data, { key, dsaEncoding: 'ieee-p1363' }, signature),
  RS256: (data, key, signature) => verify('sha256', data, key, signature),
};

/** Throws for a key that is none of these, private, too short, or for something else. */
export function publicKey(jwk: PublicJwk): VerifyingKey {
  const algorithm = KINDS[`${jwk.kty} ${jwk.crv ?? ''}`];
  if (!algorithm) throw new Error(`no tokens are verified with a key ${jwk.kty} ${jwk.crv ?? ''}`);
  if ('d' in jwk || 'k' in jwk) throw new Error('this is a private key');
  if (jwk.alg !== undefined && jwk.alg !== algorithm) throw new Error(`it is for ${jwk.alg}`);
  if (jwk.use !== undefined && jwk.use !== 'sig') throw new Error(`its use is ${jwk.use}`);
  const key = createPublicKey({ key: jwk as JsonWebKey, format: 'jwk' });
  const bits = key.asymmetricKeyDetails?.modulusLength ?? RSA_BITS_MIN;
  if (bits < RSA_BITS_MIN) throw new Error(`an RSA key of ${bits} bits is too short`);
  const check = VERIFY[algorithm] as (typeof VERIFY)[string];
  return {
    algorithm,
    verify: (data, signature) => check(Buffer.from(data), key, signature),
  };
}

/** Throws for a secret that can be guessed: less than 32 bytes. */
export function secretKey(secret: Uint8Array): VerifyingKey {
  if (secret.length < SECRET_BYTES_MIN)
    throw new Error(`a secret of ${secret.length} bytes can be guessed: give ${SECRET_BYTES_MIN}`);
  return {
    algorithm: 'HS256',
    verify(data, signature) {
      const wanted = createHmac('sha256', secret).update(data).digest();
      return wanted.length === signature.length && timingSafeEqual(wanted, signature);
    },
  };
}
