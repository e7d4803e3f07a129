// How do requests of strangers reach a proxy, with Node's own strict parser and a limit on everything?
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { perAddress } from '../per-address.ts';
import {
  CLIENT_LIMITS_DEFAULTS,
  type ClientLimits,
  clientTimes,
  limitClients,
} from './client-limits.ts';
import { listen } from './listen.ts';
import { MALFORMED, refuseConnection, takenOver } from './refuse-connection.ts';
import { isLastByUpgrade } from './strict-head.ts';

const http = process.getBuiltinModule('node:http');

export interface FrontLimits extends ClientLimits {
  /**
   * From one IPv4 address or IPv6 /64; further ones are closed. Raise it behind a balancer, where
   * all come from one. @default 1000
   */
  readonly connectionsPerAddressMax?: number;
}

export const FRONT_LIMITS_DEFAULTS: Required<FrontLimits> = Object.freeze({
  ...CLIENT_LIMITS_DEFAULTS,
  connectionsPerAddressMax: 1_000,
});

/** What serves TLS: PEM texts. HTTP/2 is offered beside HTTP/1.1. */
export interface FrontTls {
  readonly key: string;
  readonly cert: string;
  /** Whose client certificates are asked for and believed. @default nobody is asked */
  readonly clientCa?: string;
}

export interface FrontOptions {
  readonly onRequest: (request: IncomingMessage, response: ServerResponse) => void;
  /**
   * A client asks to go on as WebSocket. `response` is for an answer that it may not; it must not be
   * used once bytes were written to `socket`. Other protocols are not asked for: such requests are HTTP.
   */
  readonly onUpgrade: (
    request: IncomingMessage,
    response: ServerResponse,
    socket: Duplex,
    head: Buffer,
  ) => void;
  /** 0 = any free port. */
  readonly port: number;
  /** @default '127.0.0.1' */
  readonly host?: string;
  readonly limits?: FrontLimits;
  readonly tls?: FrontTls;
}

export interface Front {
  readonly url: string;
  readonly port: number;
  /** Open connections. */
  readonly connections: number;
  /** New handshakes use these; connections that are open stay. */
  renew(tls: FrontTls): void;
  /** Takes no new connection, lets answers on their way end within `graceMs`, then cuts them off. */
  close(graceMs: number): Promise<void>;
}

const STREAMS_PER_CONNECTION_MAX = 100;

function serverOf(
  options: FrontOptions,
  limits: Required<FrontLimits>,
): Server | Http2SecureServer {
  const { tls } = options;
  const shared = {
    ...clientTimes(limits),
    shouldUpgradeCallback: ({ method, headers }: IncomingMessage) =>
      method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket',
    insecureHTTPParser: false,
    requireHostHeader: false, // we answer it ourselves, with a problem
  };
  if (!tls) return http.createServer(shared);
  const http2 = process.getBuiltinModule('node:http2');
  return http2.createSecureServer({
    ...shared,
    ...secrets(tls),
    allowHTTP1: true,
    maxHeaderListPairs: limits.headersMax,
    settings: {
      maxConcurrentStreams: STREAMS_PER_CONNECTION_MAX,
      maxHeaderListSize: limits.headerBytesMax,
      enablePush: false,
    },
  } as Parameters<typeof http2.createSecureServer>[0]);
}

const secrets = ({ key, cert, clientCa }: FrontTls) =>
  clientCa === undefined
    ? { key, cert }
    : { key, cert, ca: clientCa, requestCert: true, rejectUnauthorized: true };

function refuse(response: ServerResponse): void {
  const { status, headers, body } = MALFORMED;
  response.writeHead(status, { ...headers, connection: 'close' }).end(body);
}

/** Listens. Rejects with PORT_IN_USE. */
export async function openFront(options: FrontOptions): Promise<Front> {
  const { port, host = '127.0.0.1', tls, onRequest, onUpgrade } = options;
  const limits = { ...FRONT_LIMITS_DEFAULTS, ...options.limits };
  const server = serverOf(options, limits) as Server;
  limitClients(server, limits);
  const sockets = new Set<Duplex>();
  const held = perAddress(limits.connectionsPerAddressMax);
  server.on('connection', (socket: Socket) => {
    const { remoteAddress: from = '' } = socket;
    if (held.enter(from)) socket.once('close', () => held.leave(from));
    else socket.destroy();
  });
  server.on(tls ? 'secureConnection' : 'connection', (socket: Duplex) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const take = (request: IncomingMessage, response: ServerResponse): void => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    const isLast = isLastByUpgrade(request);
    if (isLast) response.shouldKeepAlive = false;
    // Of a body that ends wrongly Node would not tell.
    if (isLast && (length !== undefined || coding !== undefined)) refuse(response);
    else onRequest(request, response);
  };
  server.on('request', take);
  server.on('checkContinue', take);
  server.on('checkExpectation', take);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (!takenOver(socket)) return;
    socket.on('error', () => socket.destroy());
    const response = new http.ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket as Socket);
    response.on('finish', () => socket.end());
    onUpgrade(request, response, socket, head);
  });
  server.on('connect', (_: IncomingMessage, socket: Duplex) => socket.destroy());
  server.on('clientError', refuseConnection);
  await listen(server, host, port);
  const bound = (server.address() as AddressInfo).port;
  const scheme = tls ? 'https' : 'http';
  return {
    url: `${scheme}://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    get connections() {
      return sockets.size;
    },
    renew: (fresh) => (server as unknown as Http2SecureServer).setSecureContext(secrets(fresh)),
    close(graceMs) {
      return new Promise((resolve) => {
        const timer = setTimeout(() => {
          for (const socket of sockets) socket.destroy();
        }, graceMs);
        server.close(() => {
          clearTimeout(timer);
          resolve();
        });
        if ('closeIdleConnections' in server) server.closeIdleConnections();
      });
    },
  };
}
