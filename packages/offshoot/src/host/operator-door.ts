// How does the person who runs a host get to see and change what no customer may?
import { asOffshootError, OffshootError, PROBLEM_MEDIA_TYPE, problem } from '../error/index.ts';
import type { Inbound, InboundReply, Runtime } from '../runtime/index.ts';
import { type Folder, serveHttp } from '../runtime/node/index.ts';

/** What an operator can ask for, by name: `saga.list`, `deadLetters.replay`. */
export type OperatorVerbs = Readonly<Record<string, (input: any) => unknown>>;

/** What the file of the data folder says about a host's door. */
export interface OperatorPlace {
  readonly pid: number;
  readonly url: string;
  readonly token: string;
}

const TOKEN_BYTES = 32;
const CUT_OFF_MS = 1_000;
export const operatorFile = (host: string) => `operator-${host}.json`;
/** Of a host on another's stores: an operator goes to the other one, who sees the same and more. */
export const replicaFile = (host: string) => `replica-${host}.json`;

/**
 * Serves `verbs` on a port of this machine's loopback, any free one. Whoever can read the file
 * `operator-<host>.json` of the data folder, its owner only, is an operator: it holds the address
 * and a token that is new at each start. `POST /<verb>` takes and gives JSON; failures are
 * problems. Resolves with what closes the door and removes the file.
 */
export async function operatorDoor(
  host: string,
  verbs: OperatorVerbs,
  {
    runtime,
    folder,
    file = operatorFile(host),
  }: { readonly runtime: Runtime; readonly folder: Folder; readonly file?: string },
): Promise<() => Promise<void>> {
  const token = Buffer.from(runtime.randomBytes(TOKEN_BYTES)).toString('base64url');
  const digest = (text: string) => Buffer.from(runtime.cryptography.sha256(text)).toString('hex');
  const expected = digest(`Bearer ${token}`);
  const handle = async (request: Inbound): Promise<InboundReply> => {
    try {
      // Digests of both sides: how long the comparison takes tells nothing about the token.
      if (digest(String(request.headers.authorization ?? '')) !== expected)
        throw new OffshootError('UNAUTHENTICATED', 'send the token of the operator file as Bearer');
      return reply(200, 'application/json', await perform(verbs, request));
    } catch (thrown) {
      return refused(thrown);
    }
  };
  const server = await serveHttp({ handle, port: 0 });
  const place: OperatorPlace = { pid: process.pid, url: server.url, token };
  folder.write(file, `${JSON.stringify(place)}\n`);
  return async () => {
    folder.remove(file);
    await server.close(CUT_OFF_MS);
  };
}

async function perform(verbs: OperatorVerbs, request: Inbound): Promise<unknown> {
  const name = request.target.slice(1);
  if (request.method !== 'POST')
    throw new OffshootError('METHOD_NOT_ALLOWED', 'operators POST: the body is the input');
  const verb = Object.hasOwn(verbs, name) ? verbs[name] : undefined;
  if (!verb) throw new OffshootError('ROUTE_NOT_FOUND', `this host has no verb '${name}'`);
  return verb(parsed(request.body));
}

function parsed(body: Uint8Array): unknown {
  if (body.length === 0) return {};
  try {
    return JSON.parse(Buffer.from(body).toString());
  } catch (cause) {
    throw new OffshootError('MALFORMED_BODY', 'the body is no JSON', { cause });
  }
}

/** An operator is no stranger: the message stays, also of what is only in logs elsewhere. */
function refused(thrown: unknown): InboundReply {
  const error = asOffshootError(thrown);
  const body = { ...problem(error), code: error.code, detail: error.message };
  return reply(body.status, PROBLEM_MEDIA_TYPE, body);
}

const reply = (status: number, type: string, body: unknown): InboundReply => ({
  status,
  headers: { 'content-type': type, 'cache-control': 'no-store' },
  body: JSON.stringify(body ?? null),
});
