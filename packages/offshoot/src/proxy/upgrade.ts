// How does a client go on as WebSocket with a service, once the policies of its route let it?
import type { Duplex } from 'node:stream';
import { OffshootError } from '../error/index.ts';
import type { Switched, WebSocketClient } from '../runtime/index.ts';
import { replyLines, requestLines } from './lines.ts';
import type { RunningExchange } from './running-exchange.ts';

/** What the handshake says beside what any request may say, RFC 6455, 4.1. */
const HANDSHAKE = [
  ...['sec-websocket-key', 'sec-websocket-version'],
  ...['sec-websocket-protocol', 'sec-websocket-extensions'],
];
const BODY_BYTES_MAX = 65_536;

function handshakeOf({ request }: RunningExchange): string[] {
  const lines: string[] = [];
  for (const name of HANDSHAKE) {
    const value = request.headers[name];
    if (typeof value === 'string') lines.push(name, value);
  }
  return lines;
}

/** Joins both sides until either ends: then both are closed. */
function join(client: Duplex, service: Duplex, onClose: () => void): void {
  let isOver = false;
  const end = () => {
    client.destroy();
    service.destroy();
    if (!isOver) onClose();
    isOver = true;
  };
  for (const one of [client, service]) one.on('error', end).on('close', end);
  client.pipe(service).pipe(client);
}

/** What the service answered instead of switching, as far as it is short. */
async function refused(
  exchange: RunningExchange,
  { status, headers, body }: Refusal,
): Promise<void> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body) {
    length += (chunk as Buffer).length;
    if (length > BODY_BYTES_MAX) break;
    chunks.push(chunk as Buffer);
  }
  const kept: string[] = [];
  replyLines(
    headers.filter((_, at) => headers[at - (at % 2)] !== 'content-length'),
    kept,
  );
  exchange.answer(status, kept, Buffer.concat(chunks));
}

type Refusal = Exclude<Switched, { readonly socket: Duplex }>;

/** Asks the chosen instance to switch, and joins it with the client when it does. */
export async function switchProtocols(
  exchange: RunningExchange,
  socket: Duplex,
  head: Buffer,
  client: WebSocketClient,
): Promise<void> {
  const { route } = exchange;
  const { end, destination } = exchange.choose();
  try {
    const lines = requestLines(exchange, destination.host, route);
    const switched = await client({
      origin: destination.origin,
      path: destination.base + exchange.target,
      headers: [...lines, ...handshakeOf(exchange)],
      timeoutMs: exchange.timeoutMs,
    });
    end('ok');
    if (!('socket' in switched)) return await refused(exchange, switched);
    if (exchange.isOver || socket.destroyed) return void switched.socket.destroy();
    let text = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
    const kept: string[] = [];
    replyLines(switched.headers, kept);
    for (let at = 0; at < kept.length; at += 2) text += `${kept[at]}: ${kept[at + 1]}\r\n`;
    socket.write(`${text}\r\n`, 'latin1');
    if (switched.head.length > 0) socket.write(switched.head);
    if (head.length > 0) switched.socket.write(head);
    join(socket, switched.socket, () => exchange.closed(101));
  } catch (cause) {
    end('failed');
    const message = `${exchange.service.pool.service} did not answer the handshake`;
    const details = { proxyError: 'connection_terminated' };
    exchange.fail(new OffshootError('UNAVAILABLE', message, { cause, details }));
  }
}
