// Which failures are the same failure, whomever they happened to?
import type { Runtime } from '../runtime/index.ts';
import type { Envelope } from './envelope.ts';

export interface Failure {
  /** The same for all messages that fail alike: code, message without its ids, and handler. */
  readonly fingerprint: string;
  /** Code and message as they were thrown. */
  readonly reason: string;
}

const REASON_MAX = 500;
const FINGERPRINT_LENGTH = 12;
const QUOTED = /(?<!\w)(['"`])(?:(?!\1).)*\1(?!\w)/g;
/** A word with a digit in it: a number, a UUID, an order id, a position, a date. */
const NUMBERED = /[\w\-.:/|#]*\d[\w\-.:/|#]*/g;

/** The words of a failure without what makes each one different: ids, numbers, what is quoted. */
export function commonWords(message: string, event: Pick<Envelope, 'partitionkey'>): string {
  const { partitionkey: key } = event;
  const withoutKey = key.length > 2 ? message.replaceAll(key, '#') : message;
  return withoutKey.replace(QUOTED, '#').replace(NUMBERED, '#').replace(/\s+/g, ' ').trim();
}

/** `loaf.baked` of `loaf.baked.v2`: a message of any version meets the same handler. */
export const eventNameOf = (wire: string) => wire.replace(/\.v\d+$/, '');

/** What an error of `<service>/<subscription>` says about a message, and about all that fail like it. */
export function failureOf(
  reader: string,
  event: Envelope,
  { code, message }: { readonly code: string; readonly message: string },
  { cryptography }: Runtime,
): Failure {
  const handler = `${reader}/${eventNameOf(event.type)}`;
  const text = [handler, code, commonWords(message, event)].join('\n');
  const hash = Buffer.from(cryptography.sha256(text)).toString('hex');
  return {
    fingerprint: hash.slice(0, FINGERPRINT_LENGTH),
    reason: `${code}: ${message}`.slice(0, REASON_MAX),
  };
}
