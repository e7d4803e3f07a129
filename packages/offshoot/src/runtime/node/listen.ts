// Why can a server not listen, and what can its person do?
import type { Server } from 'node:net';
import { OffshootError } from '../../error/index.ts';

function listenError(cause: NodeJS.ErrnoException, host: string, port: number): OffshootError {
  if (cause.code === 'EADDRINUSE') {
    const message = `port ${port} on ${host} is in use; stop the other program or choose another port (PORT=${port + 1})`;
    return new OffshootError('PORT_IN_USE', message, { cause });
  }
  const message = `cannot listen on ${host} port ${port} (${cause.code}); choose another`;
  return new OffshootError('UNAVAILABLE', message, { cause });
}

/** Resolves when the server listens. Rejects with PORT_IN_USE or UNAVAILABLE. */
export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(listenError(cause, host, port)));
    server.listen(port, host, resolve);
  });
}
