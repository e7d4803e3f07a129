// How does a client go on in another protocol with a service, as WebSocket does?
import type { Duplex } from 'node:stream';
import type { FrontRequest } from '../runtime/index.ts';
import type { Plan } from './plan.ts';

export interface Switching {
  readonly plan: Plan;
  readonly headersMax: number;
}

/** Refuses: nobody goes on yet. */
export function switchProtocols(
  _request: FrontRequest,
  socket: Duplex,
  _head: Buffer,
  _options: Switching,
): void {
  socket.end('HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
}
