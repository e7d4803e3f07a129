// Which bytes come out of a gateway? A server that writes all of them down before it answers.

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';
import { ambiguityOf } from './canonical.ts';
import { CANARY, type Came, type SeenRequest } from './lane.ts';
import { type ReadRequest, readRequests } from './strict-reader.ts';

export interface Origin {
  readonly port: number;
  /** What came since it was last asked. */
  take(): Came;
  /** These bytes are the answer to every request, until told otherwise. */
  answerWith(bytes: string | undefined): void;
  close(): void;
}

/** After a hostile answer no more comes on that connection: who waits for the rest waits in vain. */
const HOSTILE_LINGER_MS = 40;

function properAnswer({ method, target }: ReadRequest): string {
  const body = JSON.stringify({ target });
  const head = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  return method === 'HEAD' ? head : head + body;
}

/**
 * Reads with the strict reader: what it cannot read, or what others would read in another way, is
 * a fault of who sent it.
 */
export async function recordingOrigin(): Promise<Origin> {
  let seen: SeenRequest[] = [];
  let faults: string[] = [];
  let spoofed: string[] = [];
  let hostile: string | undefined;
  const open = new Set<Socket>();

  const note = (request: ReadRequest, raw: string) => {
    const { method, target, body } = request;
    seen.push({ method, target, body });
    const ambiguity = ambiguityOf(request, raw);
    if (ambiguity) faults.push(`${method} ${target}: ${ambiguity}`);
    const said = request.headers.find(({ name, value }) => `${name}${value}`.includes(CANARY));
    if (said) spoofed.push(`${said.name}: ${said.value}`);
  };
  const answer = (socket: Socket, request: ReadRequest) => {
    if (hostile === undefined) return void socket.write(properAnswer(request), 'latin1');
    socket.write(hostile, 'latin1');
    setTimeout(() => socket.destroy(), HOSTILE_LINGER_MS).unref();
  };
  const listen = (socket: Socket) => {
    let bytes = '';
    open.add(socket.once('close', () => open.delete(socket)).on('error', () => {}));
    socket.setNoDelay(true);
    socket.on('data', (data: Buffer) => {
      bytes += data.toString('latin1');
      const { requests, end, why, length } = readRequests(bytes);
      for (const request of requests) note(request, bytes.slice(0, length));
      if (end === 'broken') {
        faults.push(`no HTTP (${why}): ${JSON.stringify(bytes.slice(length, length + 120))}`);
        return void socket.destroy();
      }
      bytes = bytes.slice(length);
      for (const request of requests) answer(socket, request);
    });
  };

  const server: Server = createServer(listen).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const came: Came = { read: seen, reached: seen, faults, spoofed, crashes: [] };
      [seen, faults, spoofed] = [[], [], []];
      return came;
    },
    answerWith(bytes) {
      hostile = bytes;
    },
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
