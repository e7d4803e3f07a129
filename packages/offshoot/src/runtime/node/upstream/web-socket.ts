// How is an HTTP server asked to go on as WebSocket? RFC 6455: the handshake is HTTP, what follows is theirs.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Switched, WebSocketClient } from '../../upstream.ts';

const http = process.getBuiltinModule('node:http');
const LOAD = { 'http:': () => http, 'https:': () => process.getBuiltinModule('node:https') };

const flat = ({ rawHeaders }: IncomingMessage): string[] =>
  rawHeaders.map((one, at) => (at % 2 === 0 ? one.toLowerCase() : one));

/** Asks over a connection of its own, with Node's client. Rejects when nobody answers in time. */
export const nodeWebSocket: WebSocketClient = ({ origin, path, headers, timeoutMs }) =>
  new Promise<Switched>((resolve, reject) => {
    const url = new URL(origin);
    const client = LOAD[url.protocol as 'http:']();
    const request = client.request({
      ...{ host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port || undefined, path },
      ...{ method: 'GET', agent: false, setHost: false, timeout: timeoutMs },
      headers: [...headers, 'connection', 'Upgrade', 'upgrade', 'websocket'],
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.on('upgrade', (response, socket: Duplex, head) => {
      request.removeListener('error', reject);
      (socket as Duplex & { setTimeout(ms: number): void }).setTimeout(0);
      resolve({ status: 101, headers: flat(response), socket, head });
    });
    request.on('response', (response) => {
      resolve({ status: response.statusCode!, headers: flat(response), body: response });
    });
    request.end();
  });
