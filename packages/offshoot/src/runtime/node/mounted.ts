// How does a handler of ours answer inside somebody else's server: Express, Fastify, Hono, plain Node?
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Headers, HttpHandler, Inbound, InboundReply } from '../http.ts';
import { SERVE_LIMITS_DEFAULTS } from './serve.ts';

export interface MountedOptions {
  /** @default 1 MiB */
  readonly bodyBytesMax?: number;
}

/** Express gives these beside Node's own. */
type Given = IncomingMessage & { readonly originalUrl?: string; readonly body?: unknown };

const NO_BODY = new Uint8Array(0);

/**
 * For `app.use('/api', …)` of Express, a raw handler of Fastify, or `http.createServer`. What a body
 * parser before it has read is taken from there. A handler that fails is `next`'s to tell.
 */
export function nodeHandler(handle: HttpHandler, options: MountedOptions = {}) {
  const { bodyBytesMax = SERVE_LIMITS_DEFAULTS.bodyBytesMax } = options;
  return async (
    request: Given,
    response: ServerResponse,
    next?: (error: unknown) => void,
  ): Promise<void> => {
    const gone = new AbortController();
    response.once('close', () => response.writableFinished || gone.abort());
    try {
      const body = await bodyOf(request, bodyBytesMax);
      const reply = await handle({
        method: request.method ?? 'GET',
        target: request.originalUrl ?? request.url ?? '/',
        headers: joined(request.headers),
        body: body ?? NO_BODY,
        ...(body === undefined && { bodyOverBytes: bodyBytesMax }),
        remoteAddress: request.socket.remoteAddress ?? '',
        signal: gone.signal,
      });
      response.writeHead(reply.status, { ...reply.headers }).end(reply.body);
    } catch (error) {
      if (next) next(error);
      else response.destroy();
    }
  };
}

/** For whatever speaks the web's own `Request` and `Response`: `app.all('/api/*', c => mounted(c.req.raw))` of Hono. */
export function fetchHandler(handle: HttpHandler, options: MountedOptions = {}) {
  const { bodyBytesMax = SERVE_LIMITS_DEFAULTS.bodyBytesMax } = options;
  return async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    const body = await collected(request.body ?? [], bodyBytesMax);
    const inbound: Inbound = {
      ...{ method: request.method, target: pathname + search, remoteAddress: '' },
      headers: Object.fromEntries(request.headers),
      body: body ?? NO_BODY,
      ...(body === undefined && { bodyOverBytes: bodyBytesMax }),
      signal: request.signal,
    };
    return responseOf(await handle(inbound));
  };
}

function responseOf({ status, headers, body }: InboundReply): Response {
  const isEmpty = status === 204 || status === 304;
  return new Response(isEmpty ? null : (body as ConstructorParameters<typeof Response>[0]), {
    status,
    headers: { ...headers },
  });
}

function joined(headers: IncomingMessage['headers']): Headers {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    Array.isArray(value) ? value.join(', ') : value,
  ]);
  return Object.fromEntries(entries);
}

/** Undefined when it is too large. */
async function bodyOf(request: Given, bytesMax: number): Promise<Uint8Array | undefined> {
  if (!request.readableEnded) return collected(request, bytesMax);
  const { body } = request;
  if (body === undefined) return NO_BODY;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
}

async function collected(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > bytesMax) return undefined;
    parts.push(chunk);
  }
  return Buffer.concat(parts);
}
