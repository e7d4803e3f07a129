// How does one connection carry one request after the other, and when must it not be used again?
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { UpstreamFailure, UpstreamListener, UpstreamRequest } from '../../upstream.ts';
import type { ResponseHead } from './response-head.ts';
import { type AnswerListener, ResponseReader } from './response-reader.ts';

/** Everything that may stand in a head of ours, whoever gave us its pieces. */
const REQUEST_HEAD =
  /^[A-Z]+ \/[\x21-\x7e]* HTTP\/1\.1\r\n(?:[!#$%&'*+\-.^_`|~\da-z]+: [\t\x20-\x7e\x80-\xff]*\r\n)+$/;

export interface ConnectionOwner {
  /** It has no exchange any more and may be given another. */
  idle(connection: StrictConnection): void;
  gone(connection: StrictConnection): void;
}

/** One exchange, and its place in the line when there is no connection for it yet. */
export class Sending {
  readonly request: UpstreamRequest;
  readonly listener: UpstreamListener;
  connection: StrictConnection | undefined;
  isOver = false;

  constructor(request: UpstreamRequest, listener: UpstreamListener) {
    this.request = request;
    this.listener = listener;
  }

  pause(): void {
    this.connection?.socket.pause();
  }

  resume(): void {
    this.connection?.socket.resume();
  }

  abort(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.connection?.destroy();
  }

  fail(kind: UpstreamFailure['kind'], cause: unknown): void {
    if (this.isOver) return;
    this.isOver = true;
    this.listener.onFailure({ kind, cause });
  }
}

/** The head of a request, or undefined when a piece of it would be more than a piece. */
export function requestHead({
  method,
  path,
  headers,
  body,
  bodyLength,
}: UpstreamRequest): string | undefined {
  let text = `${method} ${path} HTTP/1.1\r\n`;
  for (let at = 0; at < headers.length; at += 2) text += `${headers[at]}: ${headers[at + 1]}\r\n`;
  let lines = 1 + headers.length / 2;
  if (bodyLength !== undefined || body !== undefined) lines += 1;
  if (bodyLength !== undefined) text += `content-length: ${bodyLength}\r\n`;
  else if (body !== undefined) text += 'transfer-encoding: chunked\r\n';
  const isWell = REQUEST_HEAD.test(text) && lineBreaks(text) === lines;
  return isWell ? `${text}\r\n` : undefined;
}

/** A value with a line break in it would pass for two lines. */
function lineBreaks(text: string): number {
  let found = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) found += 1;
  return found;
}

export class StrictConnection implements AnswerListener {
  readonly socket: Socket;
  readonly #owner: ConnectionOwner;
  readonly #reader: ResponseReader;
  #sending: Sending | undefined;
  /** The body that is on its way to the other side. */
  #uploading: Readable | undefined;
  #isConnected = false;
  #isGone = false;
  /** The answer is whole. */
  #isFree = false;
  idleSinceMs = 0;

  /** `socket` is about to connect; `feed` gets what it reads. */
  constructor(socket: Socket, owner: ConnectionOwner) {
    this.socket = socket;
    this.#owner = owner;
    this.#reader = new ResponseReader(this);
    socket.on('error', (cause) => this.#broke(cause));
    socket.on('end', () => this.#ended());
    socket.on('close', () => this.#broke(new Error('the connection was closed')));
  }

  connected(): void {
    this.#isConnected = true;
    this.socket.setNoDelay(true);
  }

  /** True when the exchange has begun; false when the request must not be sent. */
  send(sending: Sending): boolean {
    const head = requestHead(sending.request);
    if (head === undefined) {
      sending.fail('protocol', new Error('a line of this request is no header line'));
      return false;
    }
    const { method, body } = sending.request;
    this.#sending = sending;
    sending.connection = this;
    this.#reader.expect(method === 'HEAD');
    if (body === undefined) this.socket.write(head, 'latin1');
    else if (body instanceof Uint8Array) this.#writeWhole(head, body);
    else this.#upload(head, body, sending.request.bodyLength);
    return true;
  }

  feed(bytes: Buffer, length: number): boolean {
    const isWell = this.#reader.feed(bytes, length);
    if (this.#isGone) return true;
    if (!isWell) {
      const sending = this.#sending;
      this.destroy();
      sending?.fail('protocol', new Error('what came is no HTTP/1.1'));
    } else if (this.#isFree) {
      // Not before all that came is read: what follows an answer must never be taken for the next one.
      this.#isFree = false;
      this.#owner.idle(this);
    }
    return true;
  }

  destroy(): void {
    this.#sending = undefined;
    this.#leave();
    this.socket.destroy();
  }

  head({ status, headers }: ResponseHead): void {
    const sending = this.#sending;
    if (sending && !sending.isOver) sending.listener.onHead(status, headers);
  }

  data(chunk: Buffer): void {
    const sending = this.#sending;
    if (sending && !sending.isOver) sending.listener.onData(chunk);
  }

  end(isLast: boolean): void {
    const sending = this.#sending;
    this.#sending = undefined;
    // Who answers before it has read the body may take the rest of it for another request.
    if (isLast || this.#uploading !== undefined) this.destroy();
    else this.#isFree = true;
    if (!sending || sending.isOver) return;
    sending.isOver = true;
    sending.listener.onEnd();
  }

  #writeWhole(head: string, body: Uint8Array): void {
    const bytes = Buffer.allocUnsafe(head.length + body.length);
    bytes.write(head, 0, 'latin1');
    bytes.set(body, head.length);
    this.socket.write(bytes);
  }

  #upload(head: string, body: Readable, declared: number | undefined): void {
    const { socket } = this;
    this.#uploading = body;
    socket.write(head, 'latin1');
    let left = declared ?? Number.POSITIVE_INFINITY;
    const isCurrent = () => this.#uploading === body && !this.#isGone;
    body.on('data', (chunk: Buffer) => {
      if (!isCurrent()) return;
      left -= chunk.length;
      if (left < 0) return this.#broke(new Error('the body is longer than declared'), true);
      if (declared === undefined) socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
      let isFree = socket.write(chunk);
      if (declared === undefined) isFree = socket.write('\r\n', 'latin1');
      if (isFree) return;
      body.pause();
      socket.once('drain', () => body.resume());
    });
    body.on('end', () => {
      if (!isCurrent()) return;
      if (declared === undefined) socket.write('0\r\n\r\n', 'latin1');
      else if (left > 0) return this.#broke(new Error('the body is shorter than declared'), true);
      this.#uploading = undefined;
    });
    body.on('close', () => {
      if (isCurrent()) this.#broke(new Error('the body broke off'), true);
    });
  }

  #ended(): void {
    if (this.#reader.close()) return;
    this.#broke(new Error('the connection was closed'), true);
  }

  #broke(cause: unknown, destroy = false): void {
    const sending = this.#sending;
    this.#sending = undefined;
    this.#leave();
    if (destroy) this.socket.destroy();
    sending?.fail(this.#isConnected ? 'reset' : 'connect', cause);
  }

  #leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#uploading = undefined;
    this.#owner.gone(this);
  }
}
