// How does this process ask the outside world something over HTTP?
import type { Dispatcher } from 'undici';
import { OffshootError } from '../../error/index.ts';
import type { Admits } from '../certificates.ts';
import type { Headers, Outbound, OutboundReply } from '../http.ts';
import type { MutualTls } from './mutual-tls.ts';
import { type Origin, type Origins, origins } from './origins.ts';

const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
/** Nothing was sent, so nothing can have happened. */
const NEVER_SENT: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  'UND_ERR_CONNECT_TIMEOUT',
]);

const plain = origins();

export interface SecureRequests {
  readonly request: typeof nodeRequest;
  /** Requests from now on take new connections; those before end with what is on them. */
  renew(): void;
  /** Lets what is open end. */
  close(): Promise<void>;
}

/** As `nodeRequest`, over TLS with certificates on both ends, to those whom `admits` believes. */
export function secureRequests(tls: MutualTls, admits: Admits): SecureRequests {
  let made: Origins | undefined;
  const closeLast = async (): Promise<void> => {
    const last = made;
    made = undefined;
    await last?.close();
  };
  return {
    request: (outbound) => {
      made ??= origins(tls.dialOptions(admits));
      return requested(outbound, made);
    },
    renew: () => void closeLast().catch(() => {}),
    close: closeLast,
  };
}

function failed({ host }: Origin, cause: unknown): OffshootError {
  const isUnsent = NEVER_SENT.has((cause as NodeJS.ErrnoException | undefined)?.code);
  return new OffshootError('UNAVAILABLE', `${host} did not answer; try again later`, {
    cause,
    ...(isUnsent && { details: { sent: false } }),
  });
}

const ENOUGH = new Error('what came is enough');

/** One exchange; its answer is collected as it comes. Settles once; afterwards it is closed. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (reply: OutboundReply) => void;
  readonly #reject: (cause: unknown) => void;
  readonly #origin: Origin;
  readonly #outbound: Outbound;
  readonly #timer: NodeJS.Timeout;
  #onAbort: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Headers = {};
  #chunks: Buffer[] = [];
  #length = 0;
  #reason: OffshootError | undefined;

  constructor(
    origin: Origin,
    outbound: Outbound,
    resolve: (reply: OutboundReply) => void,
    reject: (cause: unknown) => void,
  ) {
    this.#origin = origin;
    this.#outbound = outbound;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(late, outbound.timeoutMs, this);
    const { signal } = outbound;
    if (signal === undefined) return;
    this.#onAbort = () => this.fail('aborted');
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  get isOver(): boolean {
    return this.#reason !== undefined;
  }

  late(): void {
    this.end(new OffshootError('DEADLINE_EXCEEDED', `${this.#origin.host} took too long`));
  }

  fail(cause: unknown): void {
    this.end(failed(this.#origin, cause));
  }

  #over(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort) this.#outbound.signal?.removeEventListener('abort', this.#onAbort);
  }

  /** Closes the exchange, begun or not. */
  end(reason: OffshootError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#over();
    this.#reject(reason);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#reason) controller.abort(this.#reason);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: object): void {
    this.#status = status;
    this.#headers = headers as Headers;
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#length += chunk.length;
    if (this.#length > ANSWER_BYTES_MAX)
      this.end(new OffshootError('BAD_UPSTREAM', 'answer too large'));
    else this.#chunks.push(chunk);
    if (!this.#outbound.enough?.(this.#body())) return;
    this.onResponseEnd();
    this.#controller?.abort(ENOUGH);
  }

  onResponseEnd(): void {
    this.#over();
    this.#resolve({ status: this.#status, headers: joined(this.#headers), body: this.#body() });
  }

  #body(): string {
    const [first, ...more] = this.#chunks;
    const bytes = more.length === 0 ? first : Buffer.concat(this.#chunks);
    return bytes === undefined ? '' : bytes.toString('utf8');
  }

  onResponseError(_: Dispatcher.DispatchController, cause: unknown): void {
    this.#over();
    this.#reject(cause instanceof OffshootError ? cause : failed(this.#origin, cause));
  }
}

/** A header that came twice is one with a comma, as everywhere here. */
function joined(headers: Headers): Headers {
  for (const name in headers) {
    const value: unknown = headers[name];
    if (Array.isArray(value)) (headers as Record<string, string>)[name] = value.join(', ');
  }
  return headers;
}

const late = (exchange: Exchange): void => exchange.late();

/**
 * Sends one request and reads the whole answer (at most 8 MiB) within `timeoutMs`. `details.sent` of
 * an UNAVAILABLE is false where no connection was made: then nothing happened.
 */
export function nodeRequest(outbound: Outbound): Promise<OutboundReply> {
  return requested(outbound, plain);
}

function requested(outbound: Outbound, known: Origins): Promise<OutboundReply> {
  const { origin, path } = known.placeOf(outbound.url);
  const { method, headers = {}, body = null } = outbound;
  return new Promise((resolve, reject) => {
    const exchange = new Exchange(origin, outbound, resolve, reject);
    if (exchange.isOver) return;
    const request = { path, method: method as 'GET', headers, body };
    const { pool } = origin;
    if ('dispatch' in pool) pool.dispatch(request, exchange);
    else
      pool.then(
        (open) => open.dispatch(request, exchange),
        (cause) => exchange.fail(cause),
      );
  });
}
