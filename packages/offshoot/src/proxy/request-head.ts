// Is the head of this request one that every server reads alike? What is not is refused, never repaired.
import { OffshootError } from '../error/index.ts';
import type { FrontRequest } from '../runtime/index.ts';
import {
  AUTHORIZATION,
  BY_ROUTE,
  CONNECTION,
  CONTENT_LENGTH,
  EXPECT,
  FORWARDED,
  type HeaderBook,
  HOST,
  REQUEST_ID,
  TRACEPARENT,
  TRANSFER_ENCODING,
  UPGRADE,
} from './header-names.ts';

/** What of the head the proxy itself needs to know. */
export interface RequestHead {
  host: string | undefined;
  /** Goes on unless a policy takes it away. */
  authorization: string | undefined;
  requestId: string | undefined;
  traceparent: string | undefined;
  upgrade: string | undefined;
  /** Bytes that the body will have; undefined when it comes in chunks. 0 = there is none. */
  bodyLength: number | undefined;
  expectsContinue: boolean;
  /** What goes to the service as it came: lower-case name, value, … */
  forwarded: string[];
  /** What goes on where the route names it. */
  byRoute: string[] | undefined;
}

const malformed = (why: string) => new OffshootError('MALFORMED_REQUEST', why);
const HOST_VALUE = /^(?:[\w.-]{1,255}|\[[\da-fA-F:.]{2,45}\])(?::\d{1,5})?$/;
const PLAIN_CONNECTION = /^(?:keep-alive|close|upgrade)$/i;
// What two servers may read as two paths: dots, also before a parameter, doubled slashes, hidden
// slashes, bytes that are in no UTF-8, broken escapes.
const AMBIGUOUS_PATH =
  /[^\x21\x24-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]|\/\/|\/\.\.?(?:[/;]|$)|%(?:2[ef]|5c|00|c[01]|f[5-9a-f]|[^\da-f]|.[^\da-f]|.?$)/i;
const TARGET_LENGTH_MAX = 8_192;
const NAMES_OF_A_CONNECTION_MAX = 20;

/** Throws MALFORMED_REQUEST unless `target` is a path that has one reading. Returns where its query begins. */
export function checkTarget(target: string): number {
  if (target.charCodeAt(0) !== 0x2f) throw malformed('the target must be a path');
  if (target.length > TARGET_LENGTH_MAX) throw malformed('the target is too long');
  const question = target.indexOf('?');
  const path = question < 0 ? target : target.slice(0, question);
  if (AMBIGUOUS_PATH.test(path))
    throw malformed('the path has dots, slashes or escapes that can be read in two ways');
  if (question >= 0 && /[^\x21\x22\x24-\x7e]/.test(target.slice(question)))
    throw malformed('the query must be escaped');
  return question;
}

function once(before: unknown, name: string): void {
  if (before !== undefined) throw malformed(`${name} may come once`);
}

/** Lines that the client declared to be of this connection only go no further. */
function withoutNamed(forwarded: string[], connection: string): string[] {
  const names = connection.toLowerCase().split(',');
  if (names.length > NAMES_OF_A_CONNECTION_MAX) throw malformed('Connection names too many lines');
  const named = new Set(names.map((name) => name.trim()));
  const left: string[] = [];
  for (let at = 0; at < forwarded.length; at += 2)
    if (!named.has(forwarded[at]!)) left.push(forwarded[at]!, forwarded[at + 1]!);
  return left;
}

/**
 * Reads the lines of a request in one pass. Throws MALFORMED_REQUEST for what servers are known to
 * read in different ways, HEADERS_TOO_LARGE for more than `linesMax` lines.
 */
export function readHead(request: FrontRequest, book: HeaderBook, linesMax: number): RequestHead {
  const { rawHeaders, httpVersion } = request;
  const { stream } = request as { readonly stream?: { readonly endAfterHeaders: boolean } };
  const isHttp2 = stream !== undefined;
  const isOld = httpVersion === '1.0';
  // Node's parser of HTTP/1 takes 0.9 and 2.0 as well.
  if (!isHttp2 && !isOld && httpVersion !== '1.1') throw malformed('speak HTTP/1.1');
  // It would show the client what the gateway adds for the service alone.
  if (request.method === 'TRACE')
    throw new OffshootError('METHOD_NOT_ALLOWED', 'TRACE goes no further');
  if (rawHeaders.length > linesMax * 2)
    throw new OffshootError('HEADERS_TOO_LARGE', `send at most ${linesMax} header lines`);
  const head: RequestHead = {
    host: undefined,
    authorization: undefined,
    requestId: undefined,
    traceparent: undefined,
    upgrade: undefined,
    bodyLength: 0,
    expectsContinue: false,
    forwarded: [],
    byRoute: undefined,
  };
  let connection: string | undefined;
  let coding: string | undefined;
  let length: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const raw = rawHeaders[at]!;
    const value = rawHeaders[at + 1]!;
    if (raw.charCodeAt(0) === 0x3a) {
      if (raw === ':authority') head.host = value; // HTTP/2: pseudo lines come first
      continue;
    }
    const { name, kind } = book.look(raw);
    switch (kind) {
      case FORWARDED:
        head.forwarded.push(name, value);
        break;
      case BY_ROUTE:
        head.byRoute ??= [];
        head.byRoute.push(name, value);
        break;
      case HOST:
        if (!isHttp2) once(head.host, 'Host');
        else if (head.host !== undefined && head.host !== value)
          throw malformed('Host and :authority differ');
        head.host = value;
        break;
      case AUTHORIZATION:
        once(head.authorization, 'Authorization');
        head.authorization = value;
        break;
      case CONTENT_LENGTH:
        once(length, 'Content-Length');
        length = value;
        break;
      case TRANSFER_ENCODING:
        once(coding, 'Transfer-Encoding');
        coding = value;
        break;
      case CONNECTION:
        connection = connection === undefined ? value : `${connection},${value}`;
        break;
      case EXPECT:
        if (value.toLowerCase() !== '100-continue') throw malformed('Expect can be 100-continue');
        head.expectsContinue = true;
        break;
      case UPGRADE:
        once(head.upgrade, 'Upgrade');
        head.upgrade = value;
        break;
      case REQUEST_ID:
        once(head.requestId, 'X-Request-ID');
        head.requestId = value;
        break;
      case TRACEPARENT:
        once(head.traceparent, 'traceparent');
        head.traceparent = value;
        break;
    }
  }
  if (head.host === undefined ? !isOld : !HOST_VALUE.test(head.host))
    throw malformed('send one Host');
  if (connection !== undefined && !PLAIN_CONNECTION.test(connection)) {
    head.forwarded = withoutNamed(head.forwarded, connection);
    if (head.byRoute) head.byRoute = withoutNamed(head.byRoute, connection);
  }
  if (coding !== undefined) {
    if (length !== undefined) throw malformed('send Content-Length or Transfer-Encoding');
    if (coding.toLowerCase() !== 'chunked') throw malformed('the only transfer coding is chunked');
    if (isOld) throw malformed('HTTP/1.0 has no transfer codings');
    head.bodyLength = undefined;
  } else if (length !== undefined) {
    if (!/^\d{1,15}$/.test(length)) throw malformed('Content-Length must be a number');
    head.bodyLength = Number(length);
  } else if (stream && !stream.endAfterHeaders) head.bodyLength = undefined;
  return head;
}
