// What is said to bytes that never became a request?
import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { OffshootError, PROBLEM_MEDIA_TYPE, problem } from '../../error/index.ts';
import type { InboundReply } from '../http.ts';

const http = process.getBuiltinModule('node:http');

/** A failure as an answer, RFC 9457. */
export function problemReply(error: OffshootError): InboundReply {
  const body = problem(error);
  const headers = { 'content-type': PROBLEM_MEDIA_TYPE };
  return { status: body.status, headers, body: JSON.stringify(body) };
}

export const HEADERS_TOO_LARGE = problemReply(
  new OffshootError('HEADERS_TOO_LARGE', 'send fewer or shorter header lines'),
);
export const MALFORMED = problemReply(
  new OffshootError('MALFORMED_REQUEST', 'the bytes of this request are no HTTP/1.1'),
);

/** The answer that is due first on a connection. Node has no public name for it. */
const dueOn = (socket: Duplex) =>
  (socket as Duplex & { _httpMessage?: ServerResponse })._httpMessage;

/**
 * Answers what never became a request, with what Node knows of it, and closes. Who came before it
 * on the same connection is answered first, or the refusal would pass for his answer; too late is
 * too late.
 */
export function refuseConnection(error: NodeJS.ErrnoException, socket: Duplex): void {
  const due = dueOn(socket);
  if (error.code === 'ECONNRESET' || !socket.writable || due?.headersSent)
    return void socket.destroy();
  if (due?.req.complete) return void due.once('finish', () => socket.destroy());
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return void socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
  const isLarge = error.code === 'HPE_HEADER_OVERFLOW';
  const { status, headers, body } = isLarge ? HEADERS_TOO_LARGE : MALFORMED;
  const line = `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}`;
  const about = `Content-Type: ${headers['content-type']}\r\nContent-Length: ${body.length}`;
  const text = due?.req.method === 'HEAD' ? '' : body;
  socket.end(`${line}\r\n${about}\r\nConnection: close\r\n\r\n${text}`);
}

/**
 * Takes a connection over from HTTP, to go on in another protocol; false, and cut off, when
 * somebody is still to be answered on it or was told that it ends. Who writes to it need not listen
 * for its errors.
 */
export function takenOver(socket: Duplex): boolean {
  socket.on('error', nothing);
  if (socket.writable && !dueOn(socket)) return true;
  socket.destroy();
  return false;
}

const nothing = (): void => {};
