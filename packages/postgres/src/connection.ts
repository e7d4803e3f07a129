// How is one connection kept to a database that may be away for a while, and when is it given up?
import { OffshootError } from 'offshoot/error';
import type { Runtime } from 'offshoot/runtime';
import pg from 'pg';

/** Columns as PostgreSQL writes them: null, or text. */
export type Row = readonly (string | null)[];

/** A Buffer is sent as it is, in binary format. */
export type Value = string | number | null | Buffer;

export interface Statement {
  /** Prepared once a connection under this name. */
  readonly name: string;
  readonly text: string;
}

/** What is done on each new connection before anybody else may use it. */
export type Setup = (query: (text: string) => Promise<readonly Row[]>) => Promise<void>;

export interface ConnectionOptions {
  readonly runtime: Runtime;
  readonly url: string;
  /** What the database's own lists call it. */
  readonly name: string;
  /** @throws what makes this server unfit; it is tried again later. */
  readonly setup: Setup;
  readonly onNotice?: (payload: string) => void;
  readonly onConnected?: () => void;
  readonly limits: ConnectionLimits;
}

export interface ConnectionLimits {
  /** Milliseconds one statement may take, its way there and back included. @default 10_000 */
  readonly statementMs: number;
  /** Milliseconds a statement waits for a connection that is away. @default 2_000 */
  readonly awayMs: number;
  /** Milliseconds to connect. @default 5_000 */
  readonly connectMs: number;
}

export const CONNECTION_DEFAULTS: ConnectionLimits = Object.freeze({
  statementMs: 10_000,
  awayMs: 2_000,
  connectMs: 5_000,
});

export interface Connection {
  /**
   * Runs a statement; several may be on their way at once and are answered in order.
   * @throws ServerRefusal when the database said no: nothing of it happened; ConnectionLost when
   * nobody can say; UNAVAILABLE when it was never sent.
   */
  run(statement: Statement, values: readonly Value[]): Promise<readonly Row[]>;
  /** Resolves when connected; rejects with UNAVAILABLE after `awayMs`. */
  ready(): Promise<void>;
  readonly isUp: boolean;
  /** Ends the connection as if the network had: for tests, and for what waits for ever. */
  drop(): void;
  close(): Promise<void>;
}

/** The database answered with an error: what was asked did not happen. */
export class ServerRefusal extends Error {
  readonly state: string;
  constructor(state: string, message: string, cause: unknown) {
    super(message, { cause });
    this.state = state;
  }
}

/** The connection ended before the answer: whether it happened only the database can tell. */
export class ConnectionLost extends Error {}

const BACKOFF_MS = 50;
const BACKOFF_MS_MAX = 1_000; // who waits for it should not wait much longer than it was away

const asIs = (value: string) => value;
const RAW = { getTypeParser: () => asIs } as unknown as pg.CustomTypesConfig;

const away = (cause?: unknown) => {
  const reason = cause instanceof Error ? ` (${cause.message})` : '';
  return new OffshootError('UNAVAILABLE', `the database cannot be reached${reason}; try again`, {
    cause,
  });
};

/** Connects in the background, again and again with backoff (50 ms to 1 s), until it is closed. */
export function connection(options: ConnectionOptions): Connection {
  const { runtime, limits, setup } = options;
  const waiting = new Set<() => void>();
  let client: pg.Client | undefined;
  let lastFailure: unknown;
  let closed = false;
  let backoff = BACKOFF_MS;
  let attempt: Promise<void> = Promise.resolve();

  const made = (): pg.Client => {
    const config = {
      connectionString: options.url,
      application_name: options.name,
      connectionTimeoutMillis: limits.connectMs,
      keepAlive: true,
      pipeline: true,
      types: RAW,
    };
    return new pg.Client(config as pg.ClientConfig);
  };

  const lost = (one: pg.Client, cause: unknown): void => {
    destroy(one);
    if (client !== one) return;
    client = undefined;
    lastFailure = cause;
    again();
  };

  const connect = async (): Promise<void> => {
    const one = made();
    one.on('error', (cause) => lost(one, cause));
    one.on('end', () => lost(one, new Error('the connection was closed')));
    one.on('notification', ({ payload }) => options.onNotice?.(payload ?? ''));
    try {
      await one.connect();
      const cancel = runtime.after(limits.connectMs, () => destroy(one));
      await setup(async (text) => (await one.query({ text, rowMode: 'array' })).rows).finally(
        cancel,
      );
      if (closed) return destroy(one);
      client = one;
      backoff = BACKOFF_MS;
      for (const wake of waiting) wake();
      waiting.clear();
      options.onConnected?.();
    } catch (cause) {
      lastFailure = cause;
      destroy(one);
      again();
    }
  };

  const again = (): void => {
    if (closed) return;
    const pause = backoff * (0.5 + runtime.random() / 2);
    backoff = Math.min(backoff * 2, BACKOFF_MS_MAX);
    runtime.after(pause, () => {
      if (!closed) attempt = connect();
    });
  };

  const ready = (): Promise<void> => {
    if (closed) return Promise.reject(new OffshootError('DRAINING', 'the store is closed'));
    if (client) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const wake = () => {
        cancel();
        resolve();
      };
      const cancel = runtime.after(limits.awayMs, () => {
        waiting.delete(wake);
        reject(away(lastFailure));
      });
      waiting.add(wake);
    });
  };

  const send = async (
    one: pg.Client,
    { name, text }: Statement,
    values: readonly Value[],
  ): Promise<readonly Row[]> => {
    const cancel = runtime.after(limits.statementMs, () =>
      lost(one, new Error(`no answer within ${limits.statementMs} ms`)),
    );
    try {
      const query = { name, text, values: [...values], rowMode: 'array' as const };
      return (await one.query(query)).rows;
    } catch (cause) {
      throw judged(cause);
    } finally {
      cancel();
    }
  };

  attempt = connect();
  return {
    get isUp() {
      return client !== undefined;
    },
    ready,
    async run(statement, values) {
      if (!client) await ready();
      if (!client) throw away(lastFailure);
      return send(client, statement, values);
    },
    drop() {
      if (client) lost(client, new Error('the connection was dropped'));
    },
    async close() {
      if (closed) return;
      closed = true;
      const one = client;
      client = undefined;
      await Promise.race([one?.end().catch(() => {}), runtime.sleep(limits.connectMs)]);
      if (one) destroy(one);
      await attempt;
    },
  };
}

/** Nothing is said to the server: it sees that nobody is there any more. */
function destroy(one: pg.Client): void {
  const { connection } = one as unknown as {
    connection?: { stream?: { destroy(): void } };
  };
  connection?.stream?.destroy();
}

/** A FATAL may come after a commit that waited for a standby: only an ERROR proves that it is undone. */
function judged(cause: unknown): Error {
  const { severity, code, message } = (cause ?? {}) as {
    severity?: string;
    code?: string;
    message?: string;
  };
  if (severity === 'ERROR' && code) return new ServerRefusal(code, message ?? code, cause);
  return new ConnectionLost(message ?? 'the connection ended', { cause });
}
