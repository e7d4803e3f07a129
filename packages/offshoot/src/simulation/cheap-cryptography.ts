// Which cryptography does a simulated host use? One whose costs do not slow a thousand worlds down.
import type { Cryptography, Sealed } from '../runtime/index.ts';
import { nodeCryptography } from '../runtime/node/index.ts';
import type { Random } from './random.ts';

const IV = 12;
const TAG = 16;

/** Covers `bytes` with what follows from the key and the IV; twice is not at all. */
function cover(bytes: Uint8Array, start: number): Uint8Array {
  const covered = new Uint8Array(bytes.length);
  let state = start | 1;
  for (let at = 0; at < bytes.length; at += 1) {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b_3c6d) + 0x6d2b_79f5;
    covered[at] = bytes[at]! ^ ((state >>> 13) & 0xff);
  }
  return covered;
}

/**
 * Signatures, hashes and checksums are the real ones. A keyed hash is one. A seal hides and is refused under another
 * key, id or byte, but it is no secret from anybody; a password costs one hash. For simulation
 * only, where nothing is worth hiding, and a test still finds what is not sealed.
 */
export function cheapCryptography(random: Random): Cryptography {
  const real = nodeCryptography((length) => random.bytes(length));
  const hashed = (password: string) =>
    `$simulated$${Buffer.from(real.sha256(password)).toString('hex')}`;
  const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
  const tagOf = (key: Uint8Array, iv: Uint8Array, plain: string, additional: string) => {
    const tag = Buffer.alloc(TAG);
    tag.writeUInt32LE(real.crc32(`${textOf(key)}${textOf(iv)}${additional}\n${plain}`));
    return tag;
  };
  const startOf = (key: Uint8Array, iv: Uint8Array) => real.crc32(textOf(key) + textOf(iv));
  return {
    ...real,
    hmacSha256: (key, data) => real.sha256(`${textOf(key)}${data}`),
    seal(key, plain, additional): Sealed {
      const iv = random.bytes(IV);
      const bytes = cover(Buffer.from(plain), startOf(key, iv));
      return { iv, tag: tagOf(key, iv, plain, additional), bytes };
    },
    open(key, { iv, tag, bytes }, additional) {
      const plain = Buffer.from(cover(bytes, startOf(key, iv))).toString();
      if (tagOf(key, iv, plain, additional).equals(tag)) return plain;
      throw new Error('this was sealed with another key, for another place, or altered');
    },
    hashPassword: async (password) => hashed(password),
    verifyPassword: async (password, phc) => hashed(password) === phc,
  };
}
