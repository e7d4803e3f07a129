// How do the bytes of a connection become answers, one after the other, and when is it no HTTP any more?
import { CHUNKED, type ResponseHead, readResponseHead, UNTIL_CLOSE } from './response-head.ts';

export interface AnswerListener {
  head(head: ResponseHead): void;
  /** Bytes that are the listener's own: nobody writes to them any more. */
  data(chunk: Buffer): void;
  /** The answer is whole. `isLast`: the connection must not be used again. */
  end(isLast: boolean): void;
}

const HEAD_BYTES_MAX = 16_384;
const CHUNK_LINE_BYTES_MAX = 10; // eight digits and the line break: no extensions
const TRAILER_BYTES_MAX = 8_192;
const INTERIM_MAX = 8;
const TRAILER = /^(?:[!#$%&'*+\-.^_`|~\dA-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;
/** A line break that is none: the end of such a head would never come. */
const BARE = /(?:^|[^\r])\n/;
const SIZE = /^[\da-fA-F]{1,8}$/;
const END_OF_HEAD = '\r\n\r\n';

const IDLE = 0;
const HEAD = 1;
const BODY = 2;
const SIZE_LINE = 3;
const CHUNK = 4;
const CHUNK_END = 5;
const TRAILERS = 6;
const TO_CLOSE = 7;

/**
 * Reads one answer at a time. Bytes may come in any pieces. What is odd makes `feed` false, for good:
 * nobody knows any more where the next answer begins, so the connection must be closed.
 */
export class ResponseReader {
  readonly #listener: AnswerListener;
  #state = IDLE;
  #hasNoBody = false;
  #isLast = false;
  #left = 0;
  #interim = 0;
  /** What came of a line or head that is not whole yet. */
  #rest = '';

  constructor(listener: AnswerListener) {
    this.#listener = listener;
  }

  /** An answer is expected now. `hasNoBody`: to HEAD. */
  expect(hasNoBody: boolean): void {
    this.#state = HEAD;
    this.#hasNoBody = hasNoBody;
    this.#interim = 0;
  }

  /** Reads `length` bytes; they are copied where they are kept. False: close the connection. */
  feed(bytes: Buffer, length: number): boolean {
    let at = 0;
    while (at < length) {
      const next = this.#step(bytes, at, length);
      if (next < 0) return false;
      at = next;
    }
    return true;
  }

  /** The other side sends no more. True when that is how the answer ends. */
  close(): boolean {
    if (this.#state !== TO_CLOSE) return false;
    this.#end(true);
    return true;
  }

  #step(bytes: Buffer, at: number, length: number): number {
    switch (this.#state) {
      case HEAD:
        return this.#head(bytes, at, length);
      case BODY:
      case CHUNK:
        return this.#body(bytes, at, length);
      case TO_CLOSE:
        this.#data(bytes, at, length);
        return length;
      case SIZE_LINE:
        return this.#size(bytes, at, length);
      case CHUNK_END:
        return this.#chunkEnd(bytes, at, length);
      case TRAILERS:
        return this.#trailers(bytes, at, length);
      default:
        return -1; // nobody asked for anything
    }
  }

  #head(bytes: Buffer, at: number, length: number): number {
    const before = this.#rest.length;
    const text =
      this.#rest + bytes.toString('latin1', at, Math.min(length, at + HEAD_BYTES_MAX + 4));
    const end = text.indexOf(END_OF_HEAD, Math.max(0, before - 3));
    if (end < 0) {
      this.#rest = text;
      return text.length > HEAD_BYTES_MAX || BARE.test(text) ? -1 : length;
    }
    if (end > HEAD_BYTES_MAX) return -1;
    this.#rest = '';
    const head = readResponseHead(text.slice(0, end + 2), this.#hasNoBody);
    if (head === undefined || head.status === 101) return -1;
    const next = at + end + END_OF_HEAD.length - before;
    if (head.status < 200) {
      this.#interim += 1;
      return this.#interim > INTERIM_MAX ? -1 : next;
    }
    this.#begin(head);
    return next;
  }

  #begin(head: ResponseHead): void {
    this.#isLast = head.isLast;
    this.#listener.head(head);
    if (head.body === CHUNKED) this.#state = SIZE_LINE;
    else if (head.body === UNTIL_CLOSE) this.#state = TO_CLOSE;
    else if (head.body === 0) this.#end(this.#isLast);
    else {
      this.#state = BODY;
      this.#left = head.body;
    }
  }

  #body(bytes: Buffer, at: number, length: number): number {
    const to = Math.min(length, at + this.#left);
    this.#left -= to - at;
    const isWhole = this.#left === 0;
    const wasChunk = this.#state === CHUNK;
    this.#data(bytes, at, to);
    if (!isWhole) return to;
    if (wasChunk) this.#state = CHUNK_END;
    else this.#end(this.#isLast);
    return to;
  }

  /** The text up to a line break, once it is whole; undefined before. Longer than `max` is odd. */
  #line(
    bytes: Buffer,
    at: number,
    length: number,
    max: number,
  ): { text: string; next: number } | -1 | undefined {
    const before = this.#rest.length;
    const text = this.#rest + bytes.toString('latin1', at, Math.min(length, at + max + 1));
    const end = text.indexOf('\n');
    if (end < 0) {
      this.#rest = text;
      return text.length > max ? -1 : undefined;
    }
    this.#rest = '';
    if (end + 1 > max || text.charCodeAt(end - 1) !== 0x0d) return -1;
    return { text: text.slice(0, end - 1), next: at + end + 1 - before };
  }

  #size(bytes: Buffer, at: number, length: number): number {
    const line = this.#line(bytes, at, length, CHUNK_LINE_BYTES_MAX);
    if (line === undefined) return length;
    if (line === -1 || !SIZE.test(line.text)) return -1;
    this.#left = Number.parseInt(line.text, 16);
    this.#state = this.#left === 0 ? TRAILERS : CHUNK;
    return line.next;
  }

  #chunkEnd(bytes: Buffer, at: number, length: number): number {
    const line = this.#line(bytes, at, length, 2);
    if (line === undefined) return length;
    if (line === -1 || line.text !== '') return -1;
    this.#state = SIZE_LINE;
    return line.next;
  }

  /** Lines after the last chunk are checked and dropped. */
  #trailers(bytes: Buffer, at: number, length: number): number {
    const before = this.#rest.length;
    const text =
      this.#rest + bytes.toString('latin1', at, Math.min(length, at + TRAILER_BYTES_MAX + 4));
    const isEmpty = text.startsWith('\r\n');
    const end = isEmpty ? 0 : text.indexOf(END_OF_HEAD);
    if (end < 0) {
      this.#rest = text;
      return text.length > TRAILER_BYTES_MAX ? -1 : length;
    }
    this.#rest = '';
    if (!isEmpty && !TRAILER.test(text.slice(0, end + 2))) return -1;
    this.#end(this.#isLast);
    return at + end + (isEmpty ? 2 : END_OF_HEAD.length) - before;
  }

  #data(bytes: Buffer, from: number, to: number): void {
    const own = Buffer.allocUnsafe(to - from);
    bytes.copy(own, 0, from, to);
    this.#listener.data(own);
  }

  #end(isLast: boolean): void {
    this.#state = IDLE;
    this.#listener.end(isLast);
  }
}
