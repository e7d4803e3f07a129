// How does a call reach a service in another process over HTTP?
import { asOffshootError, OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Passports } from '../security/index.ts';
import type { Call, Reply, Transport } from './call.ts';
import { RESERVED_HEADERS } from './headers.ts';
import { CALL_BYTES_MAX, CALL_PATH, readReply, writtenHeaders } from './http-call.ts';

export interface HttpTransportOptions {
  readonly runtime: Runtime;
  /** Where the other process answers: `http://127.0.0.1:4001`. */
  readonly url: string;
  readonly passports: Passports;
}

/** Names are those of contracts, so there are few; should there be more, the others are not kept. */
const PATHS_MAX = 1_000;

/**
 * Calls of one process to another. The exchange is closed when the deadline passes or the caller
 * gives up; that the callee did nothing is then not known.
 */
export function httpTransport({ runtime, url, passports }: HttpTransportOptions): Transport {
  const paths = new Map<string, string>();
  const pathOf = (service: string, operation: string): string => {
    const name = `${service}/${operation}`;
    const known = paths.get(name);
    if (known !== undefined) return known;
    const path = `${url}${CALL_PATH}${encodeURIComponent(service)}/${encodeURIComponent(operation)}`;
    if (paths.size < PATHS_MAX) paths.set(name, path);
    return path;
  };

  const ask = async (call: Call): Promise<Reply> => {
    const { service, operation, principal, headers, signal } = call;
    const body = JSON.stringify(call.input);
    if (body !== undefined && body.length > CALL_BYTES_MAX) throw tooLarge(call);
    const passport = passports(principal, service);
    const fields = writtenHeaders(headers);
    if (passport.serviceToken !== '') fields[RESERVED_HEADERS.serviceToken] = passport.serviceToken;
    if (passport.principal !== undefined) fields[RESERVED_HEADERS.principal] = passport.principal;
    if (body !== undefined) fields['content-type'] = 'application/json';
    return readReply(
      await runtime.request({
        method: 'POST',
        url: pathOf(service, operation),
        headers: fields,
        timeoutMs: Math.max(0, headers.deadlineMs),
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      }),
    );
  };
  return (call) => ask(call).catch((thrown: unknown) => failure(call, thrown));
}

/** A caller may send less; nothing was sent. */
export const tooLarge = ({ service, operation }: Call): OffshootError =>
  new OffshootError(
    'BODY_TOO_LARGE',
    `the input of ${service}.${operation} has more than ${CALL_BYTES_MAX} characters`,
  );

function failure({ service, operation }: Call, thrown: unknown): Reply {
  const { code, message, details, retryable } = asOffshootError(thrown);
  const what = code === 'DEADLINE_EXCEEDED' ? `${service}.${operation} took too long` : message;
  const error = new OffshootError(code, what, { details, retryable }).toJSON();
  return { kind: 'error', error };
}
