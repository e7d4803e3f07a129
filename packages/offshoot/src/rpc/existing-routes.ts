// How do routes that exist already, in whatever framework or language, become operations?
import type { AnyContract, Operation } from '../contract/index.ts';
import { OffshootError } from '../error/index.ts';
import type { OutboundReply, Runtime } from '../runtime/index.ts';
import type { Call, Reply } from './call.ts';
import { writtenHeaders } from './http-call.ts';
import type { Callee } from './in-process.ts';

export interface ExistingRoutesOptions {
  readonly runtime: Runtime;
  /** Where the paths of the contract's operations begin: `http://127.0.0.1:8080/v2`. */
  readonly url: string;
}

/**
 * A callee that asks an existing HTTP service with the method and path of each operation: fields of the
 * input that the path names go there, the others into the query of a GET or the body. A 2xx is the
 * output; a status that exactly one refusal declares is that refusal, `data` being the body; 404 and
 * other 4xx that nobody declares are BAD_UPSTREAM, and a 5xx is UNAVAILABLE: neither is ever a "no".
 */
export function existingRoutes(
  { name, operations }: AnyContract,
  { runtime, url }: ExistingRoutesOptions,
): Callee {
  return async (call) => {
    const operation = Object.hasOwn(operations, call.operation)
      ? operations[call.operation]
      : undefined;
    if (!operation) throw new OffshootError('UNAVAILABLE', `${name} has no ${call.operation} here`);
    const { path, body } = requestOf(operation, call);
    const { headers, signal } = call;
    const reply = await runtime.request({
      ...{ method: operation.method, url: url + path, timeoutMs: headers.deadlineMs },
      headers: { ...writtenHeaders(headers), ...(body && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body }),
      ...(signal && { signal }),
    });
    return replyOf(operation, reply);
  };
}

function requestOf({ path, method }: Operation, { input }: Call) {
  const rest: Record<string, unknown> = { ...(input as object) };
  const filled = path.replace(/\{(\w+)\}/g, (_, field: string) => {
    const value = rest[field];
    delete rest[field];
    return encodeURIComponent(String(value));
  });
  const left = Object.entries(rest).filter(([, value]) => value !== undefined);
  const asQuery = method === 'GET' || method === 'DELETE';
  if (!asQuery) return { path: filled, body: JSON.stringify(rest) };
  const query = new URLSearchParams(
    left.map(([field, value]): [string, string] => [field, String(value)]),
  );
  return { path: left.length > 0 ? `${filled}?${query}` : filled, body: undefined };
}

function replyOf(operation: Operation<any, any, any, any>, reply: OutboundReply): Reply {
  const { status } = reply;
  const where = `${operation.service}.${operation.name}`;
  if (status >= 500) throw new OffshootError('UNAVAILABLE', `${where} was answered ${status}`);
  const value = parsed(reply, where);
  if (status >= 200 && status < 300) return { kind: 'output', value, after: '' };
  const fitting = Object.entries(operation.refusals).filter(
    ([, refusal]) => (refusal as { status: number }).status === status,
  );
  const [only, ...others] = fitting;
  if (only && others.length === 0) return { kind: 'refusal', code: only[0], data: value };
  throw new OffshootError(
    'BAD_UPSTREAM',
    `${where} was answered ${status}, which it does not declare`,
  );
}

function parsed({ body }: OutboundReply, where: string): unknown {
  if (body === '') return undefined;
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new OffshootError('BAD_UPSTREAM', `${where} was answered with no JSON`, { cause });
  }
}
