// Which cryptography may the toolkit use? All synchronous but the slow password hash.

export interface Sealed {
  readonly iv: Uint8Array;
  readonly tag: Uint8Array;
  readonly bytes: Uint8Array;
}

/**
 * Synchronous on purpose: asynchronous WebCrypto settles in any order on a thread pool and
 * would make a seeded run differ from itself.
 */
export interface Cryptography {
  sha256(data: string | Uint8Array): Uint8Array;
  hmacSha256(key: Uint8Array, data: string): Uint8Array;
  crc32(data: string): number;
  /** AES-256-GCM with a fresh 12-byte IV. */
  seal(key: Uint8Array, plain: string, additional: string): Sealed;
  /** Throws when the key, the bytes or the additional data are not those of `seal`. */
  open(key: Uint8Array, sealed: Sealed, additional: string): string;
  /** An Ed25519 key pair from a 32-byte seed. */
  signingKey(seed: Uint8Array): SigningKey;
  /** A verifying key from the `x` of an Ed25519 JWK. */
  verifyingKey(x: string): VerifyingKey;
  /**
   * The verifying key of a JWK: Ed25519, P-256, or RSA of 2048 bits or more. It is of one algorithm.
   * Throws for every other key, one that is private, and one that says it is for something else.
   */
  publicKey(jwk: PublicJwk): VerifyingKey;
  /** The verifying key of HS256. Throws for a secret of less than 32 bytes. */
  secretKey(secret: Uint8Array): VerifyingKey;
  /**
   * Argon2id, 19 MiB, t = 2, p = 1, as a PHC string with its parameters; at most 2 at once. Rejects
   * with OVERLOADED when 256 wait.
   */
  hashPassword(password: string): Promise<string>;
  verifyPassword(password: string, phc: string): Promise<boolean>;
}

/** What this toolkit verifies tokens with; it signs with EdDSA alone. */
export type TokenAlgorithm = 'EdDSA' | 'ES256' | 'RS256' | 'HS256';

/** A public key as in a JWKS, RFC 7517. */
export interface PublicJwk {
  readonly kty?: string;
  readonly crv?: string;
  readonly alg?: string;
  readonly use?: string;
  readonly x?: string;
  readonly y?: string;
  readonly n?: string;
  readonly e?: string;
}

export interface VerifyingKey {
  /** The one algorithm that it is for, whatever a token says. @default 'EdDSA' */
  readonly algorithm?: TokenAlgorithm;
  verify(data: string, signature: Uint8Array): boolean;
}

export interface SigningKey extends VerifyingKey {
  /** Public part: the `x` of an Ed25519 JWK, base64url. */
  readonly x: string;
  sign(data: string | Uint8Array): Uint8Array;
}
