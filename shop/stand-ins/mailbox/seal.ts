// How does the mailbox keep letters so that no byte of its file can be read by searching it?
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

export interface Seal {
  seal(text: string): Buffer;
  /** Throws when the bytes were altered or sealed with another key. */
  open(sealed: Uint8Array): string;
}

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals with the key in the file `path`, which is made on first use. The data folder of a shop
 * is searched for plain personal data, byte by byte: this way the search needs no exception.
 */
export function seal(path: string): Seal {
  const key = existsSync(path) ? readFileSync(path) : newKey(path);
  if (key.length !== KEY_BYTES) throw new Error(`${path} holds no key of ${KEY_BYTES} bytes`);
  return {
    seal(text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, iv);
      const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), bytes]);
    },
    open(sealed) {
      const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(0, IV_BYTES));
      decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      const bytes = decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES));
      return Buffer.concat([bytes, decipher.final()]).toString('utf8');
    },
  };
}

/** On the disk before the first letter is: a letter without its key would be lost. */
function newKey(path: string): Buffer {
  const key = randomBytes(KEY_BYTES);
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, key);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return key;
}
