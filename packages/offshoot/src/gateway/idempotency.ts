// Which key does a client give to a request that it may have to repeat?
import { OffshootError } from '../error/index.ts';

const KEY_LENGTH_MAX = 255;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

function malformedKey(): never {
  const message = `an Idempotency-Key is 1 to ${KEY_LENGTH_MAX} printable characters, best a UUID`;
  const errors = [{ detail: message, pointer: '#/headers/idempotency-key' }];
  throw new OffshootError('VALIDATION_FAILED', message, { details: { errors } });
}

/** A structured-field string, RFC 9651: printable ASCII, `\"` and `\\` escaped. */
function unquoted(header: string): string {
  let key = '';
  for (let at = 1; at < header.length - 1; at++) {
    const code = header.charCodeAt(at);
    if (code === QUOTE || code < 0x20 || code > 0x7e) malformedKey();
    if (code === BACKSLASH) {
      at++;
      const escaped = header.charCodeAt(at);
      if (at === header.length - 1 || (escaped !== QUOTE && escaped !== BACKSLASH)) malformedKey();
    }
    key += header[at];
  }
  return key;
}

/** A bare key has no space, comma or quote: those come from repeated or broken headers. */
function checkBare(key: string): void {
  for (let at = 0; at < key.length; at++) {
    const code = key.charCodeAt(at);
    if (code <= 0x20 || code > 0x7e || code === QUOTE || code === 0x2c) malformedKey();
  }
}

/** `"abc"` and `abc` are the same key. Throws VALIDATION_FAILED. */
export function idempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  // Escapes at most double a key; what is longer need not be looked at.
  if (header.length > 2 * KEY_LENGTH_MAX + 2) malformedKey();
  const isQuoted = header.length > 1 && header.startsWith('"') && header.endsWith('"');
  const key = isQuoted ? unquoted(header) : header;
  if (!isQuoted) checkBare(key);
  if (key === '' || key.length > KEY_LENGTH_MAX) malformedKey();
  return key;
}
