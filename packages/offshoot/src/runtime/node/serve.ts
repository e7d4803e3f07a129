// How does this process answer HTTP, with a limit on everything a stranger can send?
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { OffshootError } from '../../error/index.ts';
import type { ByteStream } from '../byte-stream.ts';
import type { Headers, HttpHandler, Inbound, InboundReply } from '../http.ts';
import { socketStream } from './byte-stream.ts';
import {
  CLIENT_LIMITS_DEFAULTS,
  type ClientLimits,
  clientTimes,
  limitClients,
} from './client-limits.ts';
import { listen } from './listen.ts';
import { madeServer, type ServedTls } from './made-server.ts';
import {
  HEADERS_TOO_LARGE,
  MALFORMED,
  problemReply,
  refuseConnection,
  takenOver,
} from './refuse-connection.ts';
import { isLastByUpgrade, objectionTo } from './strict-head.ts';

// An import of it opens all its exports, and one of them is a whole WebSocket client.
const http = process.getBuiltinModule('node:http');

export interface ServeLimits extends ClientLimits {
  /** A larger body is answered with 413 and the connection closed. @default 1 MiB */
  readonly bodyBytesMax?: number;
}

export const SERVE_LIMITS_DEFAULTS: Required<ServeLimits> = Object.freeze({
  ...CLIENT_LIMITS_DEFAULTS,
  bodyBytesMax: 1_048_576,
});

export interface ServeOptions {
  readonly handle: HttpHandler;
  /** 0 = any free port. */
  readonly port: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  readonly limits?: ServeLimits;
  /** Answers a request whose body was too large, without it. @default 413, and no word of the request */
  readonly onBodyTooLarge?: HttpHandler;
  /**
   * Protocols that a client may ask to go on in, RFC 9110, 7.8, by their lower-case name: told of
   * the connection once it has been switched. @default none, and such requests are HTTP
   */
  readonly upgrades?: Readonly<Record<string, (stream: ByteStream, request: Inbound) => void>>;
  /** Speaks TLS, with those alone who show a certificate that is believed. @default plain */
  readonly mutualTls?: ServedTls;
  /** Told when `handle` rejects or answers with something that is no answer. */
  readonly onCrash?: (cause: unknown) => void;
}

export interface HttpServer {
  readonly url: string;
  readonly port: number;
  /** From now on each answer is the last on its connection, and says so; new ones are taken still. */
  farewell(): void;
  /** Takes no new connection, lets requests in flight end within `graceMs`, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

// Node looks for late clients only so often; its own default of 30 s would make 5 s into 35 s.
const LINGER_MS = 1_000;
const LINGER_BYTES_MAX = 8 * 1_048_576;
const NO_BODY = Buffer.alloc(0);

const CRASHED = problemReply(new OffshootError('INTERNAL_ERROR', 'the handler crashed'));
const tooLarge: HttpHandler = async ({ bodyOverBytes }) => {
  const message = `a body may have at most ${bodyOverBytes} bytes; send less`;
  return problemReply(new OffshootError('BODY_TOO_LARGE', message));
};

/** One request. A class, so that address and signal cost nothing unless somebody asks for them. */
class NodeInbound implements Inbound {
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
  readonly body: Uint8Array;
  readonly bodyOverBytes: number | undefined;
  readonly #response: ServerResponse;
  #abort: AbortController | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    body: Uint8Array,
    bodyOverBytes?: number,
  ) {
    this.bodyOverBytes = bodyOverBytes;
    this.method = request.method as string;
    this.target = request.url as string;
    this.headers = request.headers as Headers;
    this.body = body;
    this.#response = response;
  }

  get remoteAddress(): string {
    return this.#response.req.socket.remoteAddress ?? '';
  }

  get signal(): AbortSignal {
    if (this.#abort) return this.#abort.signal;
    const response = this.#response;
    const abort = new AbortController();
    const gone = () => void (response.writableFinished || abort.abort());
    if (response.closed || response.destroyed) gone();
    else response.once('close', gone);
    this.#abort = abort;
    return abort.signal;
  }
}

function head(reply: InboundReply, close: boolean): string[] {
  const lines: string[] = [];
  for (const name in reply.headers) lines.push(name, reply.headers[name] as string);
  if (reply.status !== 204 && reply.status !== 304)
    lines.push('content-length', String(Buffer.byteLength(reply.body)));
  if (close) lines.push('connection', 'close');
  return lines;
}

/** Head and body leave in one write. */
function send(response: ServerResponse, reply: InboundReply, close: boolean): void {
  response.writeHead(reply.status, head(reply, close));
  response.end(reply.body);
}

/**
 * Answers and closes. What still comes is thrown away for a moment, because closing on unread
 * bytes resets the connection and the client would see the reset instead of the answer.
 */
function refuseBody(request: IncomingMessage, response: ServerResponse, reply: InboundReply): void {
  response.writeHead(reply.status, head(reply, true));
  response.write(reply.body);
  let discarded = 0;
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, LINGER_MS).unref();
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length;
    if (discarded > LINGER_BYTES_MAX) end();
  });
  for (const over of ['end', 'close', 'error']) request.once(over, end);
}

/** Connections on which nothing more is read: a request of the same packet would be, as the next. */
const refused = new WeakSet<Socket>();

/** Closes, because where the next request begins may be in doubt. */
function refuseHead(response: ServerResponse, why: 'malformed' | 'too many headers'): void {
  refused.add(response.req.socket);
  send(response, why === 'malformed' ? MALFORMED : HEADERS_TOO_LARGE, true);
}

/** Collects into one buffer that grows by doubling, so that a million tiny chunks stay small. */
function readBody(
  request: IncomingMessage,
  bytesMax: number,
  done: (body: Buffer | 'too large') => void,
): void {
  let bytes: Buffer | undefined;
  let length = 0;
  const onEnd = () => done(bytes?.subarray(0, length) ?? NO_BODY);
  const onData = (chunk: Buffer) => {
    const needed = length + chunk.length;
    if (needed > bytesMax) {
      request.off('data', onData).off('end', onEnd);
      return done('too large');
    }
    if (bytes === undefined) bytes = chunk;
    else {
      if (needed > bytes.length || length === bytes.length) {
        const grown = Buffer.allocUnsafe(Math.min(bytesMax, needed * 2));
        bytes.copy(grown, 0, 0, length);
        bytes = grown;
      }
      chunk.copy(bytes, length);
    }
    length = needed;
  };
  // A client that goes away ends the request; there is nobody to answer.
  request.on('data', onData).on('end', onEnd).on('error', nothing);
}

const nothing = (): void => {};

type Upgrades = NonNullable<ServeOptions['upgrades']>;

const upgradeOf = ({ headers, method }: IncomingMessage, upgrades: Upgrades) => {
  const name = String(headers.upgrade ?? '').toLowerCase();
  return method === 'GET' && Object.hasOwn(upgrades, name) ? upgrades[name] : undefined;
};

/** Hands connections over that go on in another protocol; returns what cuts them off. */
function switching(server: Server, upgrades: Upgrades): () => void {
  const switched = new Set<Duplex>();
  server.on('upgrade', (request, socket, head) => {
    const accept = upgradeOf(request, upgrades);
    if (!takenOver(socket)) return;
    if (!accept) return void socket.destroy();
    const name = String(request.headers.upgrade);
    switched.add(socket.once('close', () => switched.delete(socket)));
    socket.write(
      `HTTP/1.1 101 ${http.STATUS_CODES[101]}\r\nConnection: Upgrade\r\nUpgrade: ${name}\r\n\r\n`,
    );
    const inbound = new NodeInbound(request, new http.ServerResponse(request), NO_BODY);
    accept(socketStream(socket as Socket, head), inbound);
  });
  return () => {
    for (const socket of switched) socket.destroy();
  };
}

function nodeServer(
  limits: Required<ServeLimits>,
  upgrades: Upgrades,
  mutualTls: ServedTls | undefined,
): Server {
  const server = madeServer(mutualTls, {
    shouldUpgradeCallback: (request: IncomingMessage) => upgradeOf(request, upgrades) !== undefined,
    ...clientTimes(limits),
    // Two Authorization headers must read as a malformed one, not as whichever came first.
    joinDuplicateHeaders: true,
    // Node's own answer would have no body.
    requireHostHeader: false,
  });
  limitClients(server, limits);
  return server;
}

/**
 * Listens and answers with `handle`. A handler that rejects is answered with a 500 that says
 * nothing of the reason; bytes that are no HTTP with a 400, too many header lines with a 431. Rejects with PORT_IN_USE.
 */
export async function serveHttp(options: ServeOptions): Promise<HttpServer> {
  const { handle, port, host = '127.0.0.1', onCrash = nothing } = options;
  const { onBodyTooLarge = tooLarge } = options;
  const limits = { ...SERVE_LIMITS_DEFAULTS, ...options.limits };
  const { upgrades = {} } = options;
  const server = nodeServer(limits, upgrades, options.mutualTls);
  const cutOff = switching(server, upgrades);
  const { bodyBytesMax } = limits;
  let draining = false;

  const answer = async (request: IncomingMessage, response: ServerResponse, body: Uint8Array) => {
    try {
      const reply = await handle(new NodeInbound(request, response, body));
      if (!response.destroyed) send(response, reply, draining || isLastByUpgrade(request));
    } catch (cause) {
      onCrash(cause);
      const mayAnswer = !response.headersSent && !response.destroyed;
      if (mayAnswer) send(response, CRASHED, draining || isLastByUpgrade(request));
    }
  };

  /** `sends`: the body is on its way, whether anybody wants it or not. */
  const refuse = async (request: IncomingMessage, response: ServerResponse, sends: boolean) => {
    const inbound = new NodeInbound(request, response, NO_BODY, bodyBytesMax);
    const reply = await onBodyTooLarge(inbound).catch((cause: unknown) => {
      onCrash(cause);
      return CRASHED;
    });
    if (response.destroyed) return;
    if (sends) refuseBody(request, response, reply);
    else send(response, reply, true);
  };

  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    if (refused.has(request.socket)) return undefined;
    const objection = objectionTo(request, limits.headersMax);
    if (objection) return refuseHead(response, objection);
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    if (coding === undefined && (length === undefined || length === '0'))
      return answer(request, response, NO_BODY);
    if (length !== undefined && Number(length) > bodyBytesMax)
      return refuse(request, response, true);
    return readBody(request, bodyBytesMax, (body) =>
      body === 'too large'
        ? void refuse(request, response, true)
        : void answer(request, response, body),
    );
  };

  server.on('request', onRequest);
  server.on('checkContinue', (request, response) => {
    if (refused.has(request.socket)) return undefined;
    const objection = objectionTo(request, limits.headersMax);
    if (objection) return refuseHead(response, objection);
    // This client waits to be told before it sends: there is nothing on its way to throw away.
    if (Number(request.headers['content-length'] ?? 0) > bodyBytesMax)
      return refuse(request, response, false);
    response.writeContinue();
    return onRequest(request, response);
  });
  // What else a client expects need not be met, RFC 9110, 10.1.1; Node would answer an empty 417.
  server.on('checkExpectation', onRequest);
  server.on('clientError', refuseConnection);
  await listen(server, host, port);

  const bound = (server.address() as AddressInfo).port;
  return {
    url: `${options.mutualTls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    farewell() {
      draining = true;
    },
    close(graceMs) {
      draining = true;
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          server.closeAllConnections();
          cutOff();
        }, graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        server.closeIdleConnections();
      });
    },
  };
}
