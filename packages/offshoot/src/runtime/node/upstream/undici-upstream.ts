// How does undici carry requests to one HTTP server as streams?
import type { Dispatcher, Pool } from 'undici';
import type {
  Upstream,
  UpstreamCall,
  UpstreamClient,
  UpstreamFailure,
  UpstreamListener,
  UpstreamRequest,
} from '../../upstream.ts';

const NEVER_SENT: ReadonlySet<unknown> = new Set([
  ...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  'UND_ERR_CONNECT_TIMEOUT',
]);

function kindOf(cause: unknown): UpstreamFailure['kind'] {
  const { code, name } = (cause ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  if (NEVER_SENT.has(code)) return 'connect';
  return name === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW' ? 'protocol' : 'reset';
}

/** One exchange: undici's handler, and what its starter may do to it. */
class Exchange implements Dispatcher.DispatchHandler, UpstreamCall {
  readonly #listener: UpstreamListener;
  #controller: Dispatcher.DispatchController | undefined;
  #isOver = false;

  constructor(listener: UpstreamListener) {
    this.#listener = listener;
  }

  pause(): void {
    this.#controller?.pause();
  }

  resume(): void {
    this.#controller?.resume();
  }

  abort(): void {
    this.#isOver = true;
    this.#controller?.abort(new Error('nobody waits for the answer'));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('nobody waits for the answer'));
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: object): void {
    if (this.#isOver || status < 200) return;
    const flat: string[] = [];
    const all = headers as Readonly<Record<string, string | string[]>>;
    for (const name in all) {
      const value = all[name]!;
      if (typeof value === 'string') flat.push(name, value);
      else for (const one of value) flat.push(name, one);
    }
    this.#listener.onHead(status, flat);
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#isOver) this.#listener.onData(chunk);
  }

  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onEnd();
  }

  onResponseError(_: Dispatcher.DispatchController, cause: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.onFailure({ kind: kindOf(cause), cause });
  }
}

const SEND_FAILED: UpstreamFailure['kind'] = 'protocol';

/**
 * Upstreams over undici, which is loaded with the first request. No timer of undici runs: whoever
 * sends has a deadline and aborts.
 */
export const undiciUpstream: UpstreamClient = (options) => {
  const { origin, connectionsMax = 256, connectTimeoutMs = 1_000, idleMs = 4_000 } = options;
  let pool: Pool | undefined;
  let isClosed = false;
  const opening = import('undici').then(({ Pool }) => {
    pool = new Pool(origin, {
      ...{ connections: connectionsMax, pipelining: 1 },
      ...{ keepAliveTimeout: idleMs, keepAliveMaxTimeout: idleMs },
      ...{ headersTimeout: 0, bodyTimeout: 0, connect: { timeout: connectTimeoutMs } },
    });
    if (isClosed) void pool.close();
    return pool;
  });
  opening.catch(() => {}); // told to each that sends

  const dispatch = (client: Pool, request: UpstreamRequest, exchange: Exchange): void => {
    const { method, path, headers, body, bodyLength } = request;
    if (bodyLength !== undefined) headers.push('content-length', String(bodyLength));
    try {
      // undici frames a stream by the content-length among its headers, or in chunks.
      client.dispatch({ method: method as 'GET', path, headers, body: body ?? null }, exchange);
    } catch (cause) {
      exchange.onResponseError(undefined as never, {
        name: 'HTTPParserError',
        kind: SEND_FAILED,
        cause,
      });
    }
  };

  const upstream: Upstream = {
    send(request, listener) {
      const exchange = new Exchange(listener);
      if (pool) dispatch(pool, request, exchange);
      else
        opening.then(
          (client) => dispatch(client, request, exchange),
          (cause) => exchange.onResponseError(undefined as never, cause),
        );
      return exchange;
    },
    close() {
      isClosed = true;
      pool?.close().catch(() => {});
    },
  };
  return upstream;
};
