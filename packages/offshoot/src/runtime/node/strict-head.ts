// What of a request's head does Node's parser let pass that two servers could read in two ways?
import type { IncomingMessage } from 'node:http';

const HOST = /^(?:\[[\da-fA-F:.]+\]|[\w.~!$&'()*+;=%-]*)(?::\d*)?$/;
// Visible, and no fragment: some cut there, and some do not.
const TARGET = /^[\x21\x22\x24-\x7e]+$/;

/**
 * Whether Node's parser stops behind this request, wanted or not: it loses what came in the same
 * packet, and would take the next packet for the beginning of a request. Nothing may follow it.
 */
export const isLastByUpgrade = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade !== undefined && /upgrade/i.test(headers.connection ?? '');

/**
 * Why a request of HTTP/1 must be refused and its connection closed; undefined when nothing is wrong
 * with its head. Expects repeated headers joined, and Node's parser in its strict form, which has
 * refused two lengths, folded lines and control characters before.
 */
export function objectionTo(
  request: IncomingMessage,
  headersMax: number,
): 'malformed' | 'too many headers' | undefined {
  const { httpVersion, url, headers, rawHeaders } = request;
  // Node passes on only so many, and says nothing of the others.
  if (rawHeaders.length > 2 * headersMax) return 'too many headers';
  // It takes 0.9, which has no version in its first line, and 2.0.
  const isOld = httpVersion === '1.0';
  if (!isOld && httpVersion !== '1.1') return 'malformed';
  const { host } = headers;
  if (host === undefined ? !isOld : !HOST.test(host)) return 'malformed';
  if (!TARGET.test(url as string)) return 'malformed';
  const { 'transfer-encoding': coding, 'content-length': length } = headers;
  // Of a body that ends wrongly it would not tell.
  const hasBody = coding !== undefined || (length !== undefined && length !== '0');
  if (hasBody && isLastByUpgrade(request)) return 'malformed';
  if (coding === undefined) return undefined;
  // It takes any list that ends in chunked, and any coding of HTTP/1.0, which has none.
  return isOld || coding.toLowerCase() !== 'chunked' ? 'malformed' : undefined;
}
