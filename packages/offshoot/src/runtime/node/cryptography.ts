// How are signatures, seals and password hashes made, with node:crypto?

import * as nodeCrypto from 'node:crypto';
import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';
import { crc32 } from 'node:zlib';
import { OffshootError } from '../../error/index.ts';
import type { Cryptography, Sealed, SigningKey, VerifyingKey } from '../cryptography.ts';
import { keyedHash, sha256 } from './keyed-hash.ts';
import { publicKey, secretKey } from './token-keys.ts';

const ED25519_PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const ARGON = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const;
const HASHES_AT_ONCE_MAX = 2;
const HASHES_WAITING_MAX = 256;

type Argon2 = (
  algorithm: string,
  parameters: object,
  done: (error: Error | null, tag: Buffer) => void,
) => void;

const verifying = (key: KeyObject): VerifyingKey => ({
  verify: (data, signature) => verify(null, Buffer.from(data), key, signature),
});

function signingKey(seed: Uint8Array): SigningKey {
  const der = Buffer.concat([ED25519_PKCS8_PREFIX, seed]);
  const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const open = createPublicKey(secret);
  return {
    ...verifying(open),
    x: open.export({ format: 'jwk' }).x as string,
    sign: (data) => sign(null, Buffer.from(data), secret),
  };
}

/** A key object costs four times a cipher: made once for each array of key bytes. */
function keyObjects(): (bytes: Uint8Array) => KeyObject {
  const made = new WeakMap<Uint8Array, KeyObject>();
  return (bytes) => {
    const known = made.get(bytes);
    if (known) return known;
    const key = createSecretKey(bytes);
    made.set(bytes, key);
    return key;
  };
}

/** At most two password hashes at a time: each takes 19 MiB and a core. Of those that wait, 256. */
function gate(): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (waiting.length >= HASHES_WAITING_MAX)
      throw new OffshootError('OVERLOADED', 'too many passwords wait to be checked; try again');
    if (running >= HASHES_AT_ONCE_MAX) await new Promise<void>((go) => waiting.push(go));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

type Cost = { readonly [N in keyof typeof ARGON]: number };

/** The parameters that a stored hash was made with: they outlive a change of ours. */
function costOf(phc: string, tagLength: number): Cost {
  const [memory = 0, passes = 0, parallelism = 0] = (phc.split('$')[3] ?? '')
    .split(',')
    .map((part) => Number(part.slice(2)));
  return { memory, passes, parallelism, tagLength };
}

function argon2id(password: string, nonce: Uint8Array, parameters: Cost): Promise<Buffer> {
  const argon2 = (nodeCrypto as unknown as { argon2: Argon2 }).argon2;
  return new Promise((resolve, reject) => {
    argon2('argon2id', { message: password, nonce, ...parameters }, (error, tag) =>
      error ? reject(error) : resolve(tag),
    );
  });
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replace(/=+$/, '');

/** The cryptography of `node:crypto`; `randomBytes` is the runtime's, so a seed decides it. */
export function nodeCryptography(randomBytes: (n: number) => Uint8Array): Cryptography {
  const oneOfTwo = gate();
  const keyObject = keyObjects();
  return {
    sha256,
    hmacSha256: keyedHash(),
    crc32: (data) => crc32(data),
    seal(key, plain, additional): Sealed {
      const iv = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', keyObject(key), iv).setAAD(
        Buffer.from(additional),
      );
      const bytes = cipher.update(plain, 'utf8');
      cipher.final(); // the mode is a stream: it holds nothing back
      return { iv, tag: cipher.getAuthTag(), bytes };
    },
    open(key, sealed, additional) {
      const decipher = createDecipheriv('aes-256-gcm', keyObject(key), sealed.iv)
        .setAAD(Buffer.from(additional))
        .setAuthTag(sealed.tag);
      return decipher.update(sealed.bytes, undefined, 'utf8') + decipher.final('utf8');
    },
    signingKey,
    verifyingKey: (x) =>
      verifying(createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })),
    publicKey,
    secretKey,
    hashPassword: (password) =>
      oneOfTwo(async () => {
        const nonce = randomBytes(16);
        const tag = await argon2id(password, nonce, ARGON);
        const { memory, passes, parallelism } = ARGON;
        const cost = `m=${memory},t=${passes},p=${parallelism}`;
        return `$argon2id$v=19$${cost}$${base64(nonce)}$${base64(tag)}`;
      }),
    verifyPassword: (password, phc) =>
      oneOfTwo(async () => {
        const [, , , , nonce = '', expected = ''] = phc.split('$');
        const wanted = Buffer.from(expected, 'base64');
        const cost = costOf(phc, wanted.length);
        const tag = await argon2id(password, Buffer.from(nonce, 'base64'), cost);
        return wanted.length === tag.length && timingSafeEqual(wanted, tag);
      }),
  };
}
