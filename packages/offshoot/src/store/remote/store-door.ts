// Who may work on the stores of this process from another one, and how much may they ask at once?
import { OffshootError, PROBLEM_MEDIA_TYPE, problem } from '../../error/index.ts';
import type { HttpHandler, Inbound, InboundReply, Runtime } from '../../runtime/index.ts';
import type { Store } from '../store.ts';
import { EXCHANGE_BYTES_MAX } from './wire.ts';
import { type Writer, writer } from './writer.ts';

export interface StoreDoor {
  /** `POST /<service>/<verb>`, JSON both ways, failures as problems. Serve it on loopback only. */
  readonly handle: HttpHandler;
  /** Answers who waits for news, refuses what comes. Before the stores are closed. */
  close(): void;
}

export interface StoreDoorOptions {
  readonly runtime: Runtime;
  /** By service. They answer in the turn, and know `REMOTE_COLLECTIONS`. */
  readonly stores: ReadonlyMap<string, Store>;
  /** Who sends it as Bearer may read and write everything: keep it in a file of the owner. */
  readonly token: string;
  /** Told what is no error of ours; nothing that was asked or answered is in any log. */
  readonly onCrash?: (cause: unknown) => void;
}

/** Requests at once; those that wait for news count. */
const OPEN_MAX = 256;

/**
 * Serves stores whose files this process holds to others that may read its secret. Values travel
 * as they are, personal fields too: sealing is done here, where the file is written.
 */
export function storeDoor(options: StoreDoorOptions): StoreDoor {
  const { runtime, stores, token, onCrash = () => {} } = options;
  const writers = new Map<string, Writer>();
  for (const [name, store] of stores) writers.set(name, writer({ runtime, store, onCrash }));
  const digest = (text: string) => Buffer.from(runtime.cryptography.sha256(text)).toString('hex');
  const expected = digest(`Bearer ${token}`);
  let open = 0;

  const perform = async (request: Inbound): Promise<string> => {
    // Digests of both sides: how long the comparison takes tells nothing about the token.
    if (digest(String(request.headers.authorization ?? '')) !== expected)
      throw new OffshootError('UNAUTHENTICATED', 'send the token of the store door as Bearer');
    if (request.method !== 'POST')
      throw new OffshootError('METHOD_NOT_ALLOWED', 'stores are asked with POST');
    const [, name = '', verb = ''] = request.target.split('/');
    const asked = writers.get(name);
    if (!asked)
      throw new OffshootError('UNAVAILABLE', `this process does not hold the store of ${name}`);
    const body = parsed(request.body);
    if (verb === 'exchange') return asked.exchange(body);
    if (verb === 'follow') return JSON.stringify(await asked.follow(body, request.signal));
    if (verb === 'open') return JSON.stringify(await asked.open(body));
    throw new OffshootError('ROUTE_NOT_FOUND', `a store has no verb '${verb}'`);
  };

  return {
    async handle(request) {
      open += 1;
      try {
        if (open > OPEN_MAX) throw new OffshootError('OVERLOADED', `${open} requests are open`);
        return reply(200, 'application/json', await perform(request));
      } catch (thrown) {
        if (!(thrown instanceof OffshootError)) onCrash(thrown);
        return refused(thrown);
      } finally {
        open -= 1;
      }
    },
    close() {
      for (const one of writers.values()) one.close();
    },
  };
}

function parsed(body: Uint8Array): any {
  if (body.length > EXCHANGE_BYTES_MAX)
    throw new OffshootError(
      'BODY_TOO_LARGE',
      `an exchange has at most ${EXCHANGE_BYTES_MAX} bytes`,
    );
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch {
    throw new OffshootError('MALFORMED_BODY', 'the body is no JSON'); // no cause: it would quote it
  }
}

/** The other side is a process of ours: it is told which code it was. */
function refused(thrown: unknown): InboundReply {
  const error =
    thrown instanceof OffshootError ? thrown : new OffshootError('INTERNAL_ERROR', 'see the log');
  const body = { ...problem(error), code: error.code, detail: error.message };
  return reply(body.status, PROBLEM_MEDIA_TYPE, JSON.stringify(body));
}

const reply = (status: number, type: string, body: string): InboundReply => ({
  status,
  headers: { 'content-type': type, 'cache-control': 'no-store' },
  body,
});
