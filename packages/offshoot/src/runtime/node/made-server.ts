// Is a server of HTTP a plain one, or one that knows who comes?
import type { Server, ServerOptions } from 'node:http';
import type { TLSSocket, Server as TlsServer } from 'node:tls';
import type { Admits } from '../certificates.ts';
import type { MutualTls } from './mutual-tls.ts';

export interface ServedTls {
  readonly tls: MutualTls;
  readonly admits: Admits;
  /** Told why a connection was closed before a byte of HTTP was read, and where it came from. */
  readonly onRefused: (why: string, address: string) => void;
}

// An import of it opens all its exports, and one of them is a whole WebSocket client.
const http = process.getBuiltinModule('node:http');

/** A timer has at most so many milliseconds. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** A server whose connections are all of somebody who is believed, where `mutualTls` says so. */
export function madeServer(mutualTls: ServedTls | undefined, options: ServerOptions): Server {
  if (!mutualTls) return http.createServer(options);
  const { tls, admits, onRefused } = mutualTls;
  const https = process.getBuiltinModule('node:https');
  const server = https.createServer({ ...options, ...tls.serverOptions() });
  const refuse = (socket: TLSSocket, why: string): void => {
    onRefused(why, socket.remoteAddress ?? '');
    socket.destroy();
  };
  // Before the listener that reads HTTP: of who is not believed nothing is read.
  server.prependListener('secureConnection', (socket) => {
    socket.on('error', () => socket.destroy());
    const why = tls.fault(socket, admits);
    if (why !== undefined) return refuse(socket, why);
    // Whoever renews its certificates has left by then; a connection outlives none.
    const validMs = tls.validUntil(socket) - Date.now();
    const timer = setTimeout(() => socket.destroy(), Math.min(validMs, TIMER_MS_MAX)).unref();
    socket.once('close', () => clearTimeout(timer));
  });
  server.on('tlsClientError', (error, socket) => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ECONNRESET') refuse(socket, `no handshake: ${message}`);
  });
  const stop = tls.renew(server as unknown as TlsServer);
  server.once('close', stop);
  return server as unknown as Server;
}
