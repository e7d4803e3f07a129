// How does the body of a request travel on: small ones whole, large ones as they come, none without a limit?
import { type Readable, Transform } from 'node:stream';
import { OffshootError } from '../error/index.ts';
import type { FrontRequest } from '../runtime/index.ts';

/**
 * Bodies up to this size are read before anything is sent: a slow client then holds no connection
 * to a service, and the request can be sent to another instance.
 */
export const WHOLE_BODY_BYTES_MAX = 65_536;

export const tooLarge = (bytesMax: number): OffshootError =>
  new OffshootError('BODY_TOO_LARGE', `a body may have at most ${bytesMax} bytes; send less`);

export interface BodyListener {
  /** What can be sent can be sent now. At once for a body that streams. */
  ready(): void;
  tooLarge(): void;
}

export class BodyReader {
  readonly #request: FrontRequest;
  readonly #declared: number | undefined;
  readonly #bytesMax: number;
  #whole: Buffer | undefined;
  #stream: Readable | undefined;
  #isOver = false;

  /** `declared`: bytes to come, or undefined when it comes in chunks. */
  constructor(request: FrontRequest, declared: number | undefined, bytesMax: number) {
    this.#request = request;
    this.#declared = declared;
    this.#bytesMax = bytesMax;
  }

  start(listener: BodyListener): void {
    const declared = this.#declared;
    const request = this.#request;
    if (declared !== undefined && declared <= WHOLE_BODY_BYTES_MAX)
      this.#collect(declared, listener);
    else {
      this.#stream = counted(request, this.#bytesMax, () => {
        if (this.#isOver) return;
        this.#isOver = true;
        listener.tooLarge();
      });
      listener.ready();
    }
  }

  get whole(): Uint8Array | undefined {
    return this.#whole;
  }

  get isRepeatable(): boolean {
    return this.#whole !== undefined;
  }

  /** What `take` gives has so many bytes; undefined: nobody knows yet. */
  get length(): number | undefined {
    return this.#declared;
  }

  /** The body for one attempt; a stream can be taken once. */
  take(): Uint8Array | Readable | undefined {
    if (this.#whole) return this.#whole;
    const stream = this.#stream;
    this.#stream = undefined;
    return stream;
  }

  /** Nobody wants the rest. */
  abandon(): void {
    this.#isOver = true;
    this.#request.destroy();
  }

  #collect(declared: number, listener: BodyListener): void {
    let bytes: Buffer | undefined;
    let length = 0;
    this.#request
      .on('data', (chunk: Buffer) => {
        if (chunk.length === declared) bytes = chunk;
        else {
          bytes ??= Buffer.allocUnsafe(declared);
          chunk.copy(bytes, length);
        }
        length += chunk.length;
      })
      .on('end', () => {
        if (this.#isOver || length !== declared) return;
        this.#whole = bytes;
        listener.ready();
      })
      .on('error', nothing);
  }
}

/**
 * The body between the client and a service: who sends it on destroys it when that fails, and the
 * client's connection must outlive that, to be answered. What is over the limit is not passed.
 */
function counted(request: FrontRequest, bytesMax: number, onTooLarge: () => void): Readable {
  let length = 0;
  const between = new Transform({
    transform(chunk: Buffer, _, done) {
      length += chunk.length;
      if (length <= bytesMax) return done(null, chunk);
      onTooLarge();
      return undefined; // no more is asked for
    },
  });
  between.on('error', nothing);
  request.on('error', nothing).on('close', () => {
    if (!request.complete) between.destroy();
  });
  return request.pipe(between);
}

const nothing = (): void => {};

/** Whether bytes of a body of this length are still on their way, in front of the next request. */
export const isUnread = (request: FrontRequest, length: number | undefined): boolean =>
  length !== 0 && !request.complete && request.httpVersionMajor === 1;
