// Is a word of the command line JSON?
import { OffshootError } from 'offshoot/error';

/** The value. Throws MALFORMED_BODY with a hint about quoting. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OffshootError('MALFORMED_BODY', `'${text}' is no JSON; quote it with '…'`, { cause });
  }
}
