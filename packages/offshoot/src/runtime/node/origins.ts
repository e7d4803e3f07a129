// Which connections does this process keep to the places that it asks?
import type { ConnectionOptions } from 'node:tls';
import type { Dispatcher } from 'undici';

/** A place that is asked, and the connections to it. */
export interface Origin {
  readonly host: string;
  /** Loaded with the first request: a process that asks nobody does not pay for the client. */
  readonly pool: Dispatcher | Promise<Dispatcher>;
}

export interface Place {
  readonly origin: Origin;
  /** Path and query. */
  readonly path: string;
}

const SOCKETS_PER_HOST_MAX = 256;
// Idle sockets go before the other side's keep-alive limit (5 s in Node) can race a request.
const IDLE_SOCKET_MS = 4_000;
const CONNECT_MS_MAX = 10_000;
/** Places with connections kept; the one that was found first gives way. */
const ORIGINS_MAX = 256;
/** What a URL parser would leave as it is. */
const PLAIN_PATH = /^\/(?!\/)(?:[\w\-~/?=&:+,;@!$()*]|%(?!2e)|\.(?![./?]|$))*$/i;

interface Mutable {
  readonly host: string;
  pool: Dispatcher | Promise<Dispatcher>;
}

export interface Origins {
  /** Where a request to `url` goes. Throws what `new URL` throws. */
  placeOf(url: string): Place;
  /** Lets what is open end, and keeps no connection after it. */
  close(): Promise<void>;
}

async function opened(origin: string, secured: ConnectionOptions): Promise<Dispatcher> {
  const { Pool } = await import('undici');
  return new Pool(origin, {
    connections: SOCKETS_PER_HOST_MAX,
    keepAliveTimeout: IDLE_SOCKET_MS,
    keepAliveMaxTimeout: IDLE_SOCKET_MS,
    connect: { ...secured, timeout: CONNECT_MS_MAX } as { timeout: number },
    ...{ headersTimeout: 0, bodyTimeout: 0 }, // each request has one timer, its own
  });
}

const ended = async ({ pool }: Mutable): Promise<void> => (await pool).close();

/**
 * Places by what their URLs begin with, connections of one kind: over TLS as `secured` says.
 *
 * @example
 * origins().placeOf('http://127.0.0.1:4000/orders?page=2').path; // '/orders?page=2'
 */
export function origins(secured: ConnectionOptions = {}): Origins {
  const known = new Map<string, Mutable>();

  const make = (text: string): Origin => {
    const { origin, host } = new URL(text);
    const pool = opened(origin, secured);
    const made: Mutable = { host, pool };
    pool.then(
      (open) => {
        made.pool = open;
      },
      () => known.delete(text),
    );
    const [oldest] = known.size >= ORIGINS_MAX ? known : [];
    if (oldest) {
      known.delete(oldest[0]);
      void ended(oldest[1]).catch(() => {});
    }
    known.set(text, made);
    return made;
  };

  const found = (text: string): Origin => known.get(text) ?? make(text);

  return {
    placeOf(url) {
      const end = url.indexOf('/', url.indexOf('//') + 2);
      const path = end === -1 ? '' : url.slice(end);
      if (PLAIN_PATH.test(path)) return { origin: found(url.slice(0, end)), path };
      const { origin, pathname, search } = new URL(url);
      return { origin: found(origin), path: pathname + search };
    },
    async close() {
      const all = [...known.values()];
      known.clear();
      await Promise.all(all.map(ended));
    },
  };
}
