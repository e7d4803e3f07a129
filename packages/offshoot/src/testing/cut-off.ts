// How does a test put a server that it did not start out of reach, and back?
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface CutOff {
  /** The same server, by another address. */
  readonly url: string;
  /** Closes what is open and refuses what comes, until `mend`. */
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): Promise<void>;
}

/** A wire to the server at `url` that a test can cut. */
export async function cutOff(url: string): Promise<CutOff> {
  const { hostname, port, protocol } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(port || (protocol === 'https:' ? 443 : 80)), hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  const listen = async (at: number): Promise<number> => {
    server.listen(at, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const cut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  const own = await listen(0);
  return {
    url: `${protocol}//127.0.0.1:${own}`,
    cut,
    mend: async () => void (await listen(own)),
    close: cut,
  };
}
