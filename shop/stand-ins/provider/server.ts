// How does the provider listen? HTTP on loopback; an answer leaves only after its commit.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ProviderOptions, type ProviderReply, provider } from './provider.ts';
import { type SqliteLedger, sqliteLedger } from './sqlite-ledger.ts';

// An import of it opens all its exports, and one of them is a whole WebSocket client.
const { createServer } = process.getBuiltinModule('node:http');

export interface ProviderServerOptions extends ProviderOptions {
  /** The ledger's file. */
  readonly data: string;
  /** @default 0, any free one */
  readonly port?: number;
}

export interface ProviderServer {
  readonly url: string;
  /** Commits what is staged, lets go of answers that were held back, closes the ledger. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const BODY_BYTES_MAX = 64 * 1024;
const KEEP_ALIVE_MS = 65_000;
const CLOSE_GRACE_MS = 250;

/** Opens the ledger and listens on loopback; resolves once requests are taken. */
export async function providerServer(options: ProviderServerOptions): Promise<ProviderServer> {
  const ledger = sqliteLedger(options.data);
  const { handle } = provider(ledger, options);
  const group = groupCommit(ledger);
  const held = new Set<NodeJS.Timeout>();

  function answer(response: ServerResponse, reply: ProviderReply): void {
    if (reply.drop) response.destroy();
    else if (reply.delayMs === 0) send(response, reply);
    else {
      const timer = setTimeout(() => {
        held.delete(timer);
        send(response, reply);
      }, reply.delayMs);
      held.add(timer);
    }
  }

  const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    readBody(request, response, (body) => {
      const { method = '', url: path = '', headers } = request;
      const key = headers['idempotency-key']?.toString();
      group.run(
        () => handle({ method, path, key, body, at: Date.now() }),
        (reply) => answer(response, reply),
      );
    });
  });
  try {
    await listening(server, options.port ?? 0);
  } catch (error) {
    ledger.close();
    throw error;
  }
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      group.flush();
      for (const timer of held) clearTimeout(timer);
      const grace = setTimeout(() => server.closeAllConnections(), held.size ? 0 : CLOSE_GRACE_MS);
      server.closeIdleConnections();
      await closed;
      clearTimeout(grace);
      group.flush();
      ledger.close();
    },
  };
}

const UNAVAILABLE: ProviderReply = {
  status: 503,
  body: '{"code":"UNAVAILABLE"}',
  delayMs: 0,
  drop: false,
};

/** One commit for all that arrived in one turn: a flush of the disk is shared, never skipped. */
function groupCommit(ledger: SqliteLedger) {
  let waiting: Array<(isDurable: boolean) => void> = [];

  function settle(isDurable: boolean): void {
    const settled = waiting;
    waiting = [];
    for (const done of settled) done(isDurable);
  }

  function fail(error: unknown): void {
    console.error(JSON.stringify({ level: 'error', code: 'UNAVAILABLE', message: String(error) }));
    ledger.rollback();
    settle(false);
  }

  function flush(): void {
    if (waiting.length === 0) return;
    try {
      ledger.commit();
    } catch (error) {
      fail(error);
      return;
    }
    settle(true);
  }

  return {
    flush,
    run(work: () => ProviderReply, done: (reply: ProviderReply) => void): void {
      let reply: ProviderReply;
      try {
        reply = work();
      } catch (error) {
        fail(error);
        done(UNAVAILABLE);
        return;
      }
      // A read, too, waits for the commit of what it has seen.
      if (!ledger.hasStaged) done(reply);
      else if (waiting.push((isDurable) => done(isDurable ? reply : UNAVAILABLE)) === 1) {
        setImmediate(flush);
      }
    },
  };
}

function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  done: (body: string) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('error', () => response.destroy());
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
    else if (!response.headersSent) {
      response.setHeader('connection', 'close');
      send(response, { ...UNAVAILABLE, status: 413, body: '{"code":"BODY_TOO_LARGE"}' });
    }
  });
  request.on('end', () => {
    if (bytes <= BODY_BYTES_MAX) done(Buffer.concat(chunks).toString());
  });
}

function send(response: ServerResponse, { status, body }: ProviderReply): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}

function listening(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, HOST, () => resolve());
  });
}
