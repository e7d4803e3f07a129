// How does this process ask the outside world something over HTTP?
import type { ConnectionOptions } from 'node:tls';
import type { Agent, Dispatcher } from 'undici';
import { OffshootError } from '../../error/index.ts';
import type { Admits } from '../certificates.ts';
import type { Headers, Outbound, OutboundReply } from '../http.ts';
import type { MutualTls } from './mutual-tls.ts';

const ANSWER_BYTES_MAX = 8 * 1024 * 1024;
const SOCKETS_PER_HOST_MAX = 256;
// Idle sockets go before the other side's keep-alive limit (5 s in Node) can race a request.
const IDLE_SOCKET_MS = 4_000;
const CONNECT_MS_MAX = 10_000;

/** Nothing was sent, so nothing can have happened. */
const NEVER_SENT: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  'UND_ERR_CONNECT_TIMEOUT',
]);

let opening: Promise<Agent> | undefined;

/** Loaded with the first request: a process that asks nobody does not pay for the client. */
function agent(): Promise<Agent> {
  opening ??= agentWith({});
  return opening;
}

const agentWith = (secured: ConnectionOptions): Promise<Agent> =>
  import('undici').then(
    (undici) =>
      new undici.Agent({
        connections: SOCKETS_PER_HOST_MAX,
        keepAliveTimeout: IDLE_SOCKET_MS,
        keepAliveMaxTimeout: IDLE_SOCKET_MS,
        connect: { ...secured, timeout: CONNECT_MS_MAX } as { timeout: number },
        ...{ headersTimeout: 0, bodyTimeout: 0 }, // each request has one timer, its own
      }),
  );

export interface SecureRequests {
  readonly request: typeof nodeRequest;
  /** Requests from now on take new connections; those before end with what is on them. */
  renew(): void;
  /** Lets what is open end. */
  close(): Promise<void>;
}

/** As `nodeRequest`, over TLS with certificates on both ends, to those whom `admits` believes. */
export function secureRequests(tls: MutualTls, admits: Admits): SecureRequests {
  let made: Promise<Agent> | undefined;
  const closeLast = async (): Promise<void> => {
    const last = made;
    made = undefined;
    await (await last)?.close();
  };
  const current = (): Promise<Agent> => {
    made ??= agentWith(tls.dialOptions(admits));
    return made;
  };
  return {
    request: (outbound) => requested(outbound, current),
    renew: () => void closeLast().catch(() => {}),
    close: closeLast,
  };
}

function failed(url: URL, cause: unknown): OffshootError {
  const isUnsent = NEVER_SENT.has((cause as NodeJS.ErrnoException | undefined)?.code);
  return new OffshootError('UNAVAILABLE', `${url.host} did not answer; try again later`, {
    cause,
    ...(isUnsent && { details: { sent: false } }),
  });
}

const ENOUGH = new Error('what came is enough');

/** One answer, collected as it comes. Settles once; afterwards the exchange is closed. */
class Collecting implements Dispatcher.DispatchHandler {
  readonly #done: (reply: OutboundReply) => void;
  readonly #fail: (cause: unknown) => void;
  readonly #enough: Outbound['enough'];
  #controller: Dispatcher.DispatchController | undefined;
  #status = 0;
  #headers: Headers = {};
  #chunks: Buffer[] = [];
  #length = 0;
  #reason: OffshootError | undefined;

  constructor(
    done: (reply: OutboundReply) => void,
    fail: (cause: unknown) => void,
    enough: Outbound['enough'],
  ) {
    this.#done = done;
    this.#fail = fail;
    this.#enough = enough;
  }

  /** Closes the exchange, begun or not. */
  end(reason: OffshootError): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
    this.#fail(reason);
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
    if (!this.#enough?.(this.#body())) return;
    this.onResponseEnd();
    this.#controller?.abort(ENOUGH);
  }

  onResponseEnd(): void {
    this.#done({ status: this.#status, headers: joined(this.#headers), body: this.#body() });
  }

  #body(): string {
    const [first, ...more] = this.#chunks;
    const bytes = more.length === 0 ? first : Buffer.concat(this.#chunks);
    return bytes === undefined ? '' : bytes.toString('utf8');
  }

  onResponseError(_: Dispatcher.DispatchController, cause: unknown): void {
    this.#fail(cause);
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

/**
 * Sends one request and reads the whole answer (at most 8 MiB) within `timeoutMs`. `details.sent` of
 * an UNAVAILABLE is false where no connection was made: then nothing happened.
 */
export function nodeRequest(outbound: Outbound): Promise<OutboundReply> {
  return requested(outbound, agent);
}

function requested(outbound: Outbound, agent: () => Promise<Agent>): Promise<OutboundReply> {
  const url = new URL(outbound.url);
  const { method, headers = {}, body, timeoutMs, signal } = outbound;
  return new Promise((resolve, reject) => {
    const over = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    const collecting = new Collecting(
      (reply) => {
        over();
        resolve(reply);
      },
      (cause) => {
        over();
        reject(cause instanceof OffshootError ? cause : failed(url, cause));
      },
      outbound.enough,
    );
    const onAbort = () => collecting.end(failed(url, 'aborted'));
    const timer = setTimeout(
      () => collecting.end(new OffshootError('DEADLINE_EXCEEDED', `${url.host} took too long`)),
      timeoutMs,
    );
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    const { origin, pathname, search } = url;
    const request = { origin, path: pathname + search, method: method as 'GET', headers };
    agent().then(
      (client) => client.dispatch({ ...request, body: body ?? null }, collecting),
      (cause) => collecting.end(failed(url, cause)),
    );
  });
}
