// How do requests reach one HTTP server with the least work, over connections that are closed on anything odd?
import type { Socket } from 'node:net';
import type { Upstream, UpstreamClient } from '../../upstream.ts';
import { type ConnectionOwner, Sending, StrictConnection } from './strict-connection.ts';

const net = process.getBuiltinModule('node:net');

const READ_BYTES = 65_536;
const LINE_MAX = 1_024;
const SWEEP_MS = 1_000;

/** One for all connections: what is read is taken out of it before the next read. */
const shared = Buffer.allocUnsafeSlow(READ_BYTES);

/**
 * Upstreams over an own client of HTTP/1.1 for one kind of server: one that answers what was asked,
 * in the one form that RFC 9112 gives for it. One request at a time on each connection. It does not
 * repair: HTTP/1.0, two lengths, folded lines, extensions of chunks, bytes that nobody asked for,
 * an answer before the request is whole: the connection is closed. At most `connectionsMax`
 * connections and 1,024 requests that wait for one; one more fails as `busy`.
 */
export const strictUpstream: UpstreamClient = (options) => {
  const { origin, connectionsMax = 256, connectTimeoutMs = 1_000, idleMs = 4_000 } = options;
  const url = new URL(origin);
  const free: StrictConnection[] = [];
  const waiting: Sending[] = [];
  let open = 0;
  let isClosed = false;
  let sweeping: NodeJS.Timeout | undefined;

  /** The oldest are at the front: whoever was used last is used next. */
  const sweep = (): void => {
    const before = performance.now() - idleMs;
    while (free.length > 0 && free[0]!.idleSinceMs < before) free.shift()!.destroy();
    if (free.length > 0 || sweeping === undefined) return;
    clearInterval(sweeping);
    sweeping = undefined;
  };

  const owner: ConnectionOwner = {
    idle(connection) {
      for (let next = waiting.shift(); next; next = waiting.shift())
        if (!next.isOver && connection.send(next)) return;
      if (isClosed) return connection.destroy();
      connection.idleSinceMs = performance.now();
      free.push(connection);
      sweeping ??= setInterval(sweep, SWEEP_MS).unref();
    },
    gone(connection) {
      open -= 1;
      const at = free.lastIndexOf(connection);
      if (at >= 0) free.splice(at, 1);
      for (let next = waiting.shift(); next; next = waiting.shift())
        if (!next.isOver) return start(next);
    },
  };

  const start = (sending: Sending): void => {
    open += 1;
    const made = connect(url, connectTimeoutMs, owner);
    if (!made.send(sending)) made.destroy();
  };

  const upstream: Upstream = {
    send(request, listener) {
      const sending = new Sending(request, listener);
      const connection = free.pop();
      if (connection) {
        if (!connection.send(sending)) owner.idle(connection);
      } else if (open < connectionsMax) start(sending);
      else if (waiting.length < LINE_MAX) waiting.push(sending);
      else sending.fail('busy', new Error(`${LINE_MAX} requests wait for ${origin}`));
      return sending;
    },
    close() {
      isClosed = true;
      for (const connection of [...free]) connection.destroy();
      if (sweeping) clearInterval(sweeping);
    },
  };
  return upstream;
};

function connect(url: URL, timeoutMs: number, owner: ConnectionOwner): StrictConnection {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isSecure = url.protocol === 'https:';
  const port = Number(url.port || (isSecure ? 443 : 80));
  const socket = isSecure
    ? secure(host, port)
    : plain(host, port, (length) => made.feed(shared, length));
  const made = new StrictConnection(socket, owner);
  if (isSecure) socket.on('data', (chunk: Buffer) => made.feed(chunk, chunk.length));
  const timer = setTimeout(() => socket.destroy(new Error('no connection in time')), timeoutMs);
  socket.once(isSecure ? 'secureConnect' : 'connect', () => {
    clearTimeout(timer);
    made.connected();
  });
  socket.once('close', () => clearTimeout(timer));
  return made;
}

/** Reads into the shared buffer: no stream stands between the socket and the reader. */
function plain(host: string, port: number, onBytes: (length: number) => boolean): Socket {
  const onread = { buffer: shared, callback: onBytes };
  return net.connect({ host, port, onread } as unknown as import('node:net').TcpNetConnectOpts);
}

function secure(host: string, port: number): Socket {
  const tls = process.getBuiltinModule('node:tls');
  return tls.connect({ host, port, ...(net.isIP(host) ? {} : { servername: host }) });
}
