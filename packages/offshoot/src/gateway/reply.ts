// How does a reply look over HTTP?
import { parse, type Schema } from '../contract/index.ts';
import {
  type ErrorRecord,
  OffshootError,
  PROBLEM_MEDIA_TYPE,
  problem,
  type RefusedCall,
  retryAfterSeconds,
} from '../error/index.ts';
import { RESERVED_HEADERS, type Reply } from '../rpc/index.ts';
import type { Cryptography, InboundReply } from '../runtime/index.ts';
import { traceIdOf } from '../telemetry/index.ts';
import { etagOf, isKnown } from './etag.ts';
import type { Exchange } from './exchange.ts';
import type { RequestIds } from './ids.ts';
import { nextLink } from './paging.ts';
import type { Route } from './routes.ts';

type HeaderFields = Record<string, string>;

/** The headers of every answer. */
export function commonHeaders(ids: RequestIds, contentType: string): HeaderFields {
  return {
    'content-type': contentType,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': ids.requestId,
    'x-correlation-id': ids.correlationId,
    traceparent: ids.traceparent,
  };
}

function problemReply(failure: OffshootError | ErrorRecord | RefusedCall, seen: Exchange) {
  const { ids, path, request } = seen;
  const body = problem(failure, { instance: path, traceId: traceIdOf(ids.traceparent) });
  const headers = commonHeaders(ids, PROBLEM_MEDIA_TYPE);
  if (body.status === 401) {
    const isGiven = request.headers.authorization !== undefined;
    headers['www-authenticate'] = isGiven ? 'Bearer error="invalid_token"' : 'Bearer';
  }
  const details = 'details' in failure ? failure.details : undefined;
  const retryAfter = retryAfterSeconds(body.status, details);
  if (retryAfter !== undefined) headers['retry-after'] = retryAfter;
  return { status: body.status, headers, body: JSON.stringify(body) };
}

/** An error as a problem. `details.allow` of METHOD_NOT_ALLOWED becomes the Allow header. */
export function errorReply(error: OffshootError | ErrorRecord, seen: Exchange): InboundReply {
  const reply = problemReply(error, seen);
  if (error.code === 'METHOD_NOT_ALLOWED') reply.headers.allow = String(error.details?.allow);
  return reply;
}

/** An answer that does not fit the contract is a bad upstream, never shown. */
function parsed({ operation }: Route, schema: Schema, value: unknown): unknown {
  const result = parse(schema, value);
  if (result.ok) return result.value;
  const { pointer, detail } = result.issues[0] ?? { pointer: '', detail: '' };
  const where = `${operation.service}.${operation.name}`;
  throw new OffshootError('BAD_UPSTREAM', `${where} answered something else: ${pointer} ${detail}`);
}

/** An answer as any request may get it: what belongs to one alone is added when it is written. */
export interface WrittenReply {
  /** What keeping it takes, about. */
  readonly bytes: number;
  /** Whether it may be kept at all. */
  readonly isLasting: boolean;
  write(seen: Exchange): InboundReply;
}

const HEADERS_BYTES = 500;
const BYTES_A_CHARACTER = 2;
const STALE: HeaderFields = { [RESERVED_HEADERS.stale]: 'true' };

function outputReply(
  route: Route,
  reply: Extract<Reply, { kind: 'output' }>,
  seen: Exchange,
  cryptography: Cryptography,
): WrittenReply {
  const { status, output, access } = route.operation;
  const value = parsed(route, output, reply.value);
  const own: HeaderFields = reply.stale ? { ...STALE } : {};
  const location = route.location?.(value);
  if (location !== undefined) own.location = location;
  const next = route.isPaged ? nextLink(value, seen) : undefined;
  if (next !== undefined) own.link = next;
  if (reply.after !== '') own['offshoot-after'] = reply.after;
  if (reply.replayed) own['idempotent-replayed'] = 'true';
  const isEmpty = value === undefined || status === 204;
  const body = isEmpty ? '' : JSON.stringify(value);
  const etag = etagOf(route.operation, value, body, cryptography);
  if (etag !== undefined) {
    own.etag = etag;
    // May be kept by who asked, and asked about again before each use.
    own['cache-control'] = access.kind === 'anyone' ? 'no-cache' : 'private, no-cache';
  }
  return {
    bytes: body.length * BYTES_A_CHARACTER + HEADERS_BYTES,
    isLasting: status === 200 && !reply.stale,
    write({ ids, request }) {
      const headers = { ...commonHeaders(ids, 'application/json'), ...own };
      if (etag === undefined || !isKnown(request.headers['if-none-match'], etag))
        return { status, headers, body };
      const { 'content-type': _, ...rest } = headers;
      return { status: 304, headers: rest, body: '' };
    },
  };
}

function refusalReply(
  route: Route,
  { code, data, stale }: Extract<Reply, { kind: 'refusal' }>,
): WrittenReply {
  const { refusals, service, name } = route.operation;
  const declared = Object.hasOwn(refusals, code) ? refusals[code] : undefined;
  if (!declared)
    throw new OffshootError('BAD_UPSTREAM', `${service}.${name} does not declare ${code}`);
  const { status, data: schema } = declared;
  const refused = schema ? { code, status, data: parsed(route, schema, data) } : { code, status };
  return {
    ...{ bytes: 0, isLasting: false },
    write(seen) {
      const reply = problemReply(refused, seen);
      return stale ? { ...reply, headers: { ...reply.headers, ...STALE } } : reply;
    },
  };
}

/** Throws the error of an error reply, and BAD_UPSTREAM for what the contract does not know. */
export function replyOf(
  route: Route,
  reply: Reply,
  seen: Exchange,
  cryptography: Cryptography,
): WrittenReply {
  if (reply.kind === 'output') return outputReply(route, reply, seen, cryptography);
  if (reply.kind === 'refusal') return refusalReply(route, reply);
  throw OffshootError.from(reply.error);
}
