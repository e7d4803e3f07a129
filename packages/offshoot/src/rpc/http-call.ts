// How are a call and its reply written in HTTP, and read again?
import type { Criticality } from '../contract/index.ts';
import { DEADLINE_MS_DEFAULT } from '../contract/index.ts';
import {
  CODES,
  type Code,
  OffshootError,
  PROBLEM_MEDIA_TYPE,
  problemType,
  retryAfterSeconds,
} from '../error/index.ts';
import type { Headers, InboundReply, OutboundReply } from '../runtime/index.ts';
import type { CallHeaders, Reply } from './call.ts';
import { CALL_HEADERS, RESERVED_HEADERS } from './headers.ts';

/** `POST /offshoot/call/<service>/<operation>`, the input as JSON; no input, no body. */
export const CALL_PATH = '/offshoot/call/';
/** What both sides accept of one input. */
export const CALL_BYTES_MAX = 1_048_576;

const REFUSED = 409;
const JSON_TYPE = 'application/json';
const PLAIN = /^[ -$&-~]*$/;
const CRITICALITIES: readonly string[] = ['critical', 'default', 'sheddable'];

/** A header has visible ASCII only: what else there is, and `%` itself, is percent-encoded. */
const text = (value: string): string =>
  PLAIN.test(value) ? value : value.replace(/[^ -$&-~]+/gu, encodeURIComponent);

function plain(value: string): string {
  if (!value.includes('%')) return value;
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** The header fields of a call. Of the deadline whole milliseconds travel. */
export function writtenHeaders(headers: CallHeaders): Record<string, string> {
  const { deadlineMs, correlationId, causationId, traceparent } = headers;
  const { idempotencyKey, after, attempt, criticality } = headers;
  const fields: Record<string, string> = {
    [CALL_HEADERS.deadlineMs]: String(Math.max(0, Math.floor(deadlineMs))),
  };
  // What is empty is not said: each field costs both sides as much as a small body.
  if (correlationId !== '') fields[CALL_HEADERS.correlationId] = text(correlationId);
  if (causationId !== '') fields[CALL_HEADERS.causationId] = text(causationId);
  if (traceparent !== '') fields[CALL_HEADERS.traceparent] = text(traceparent);
  if (idempotencyKey !== undefined) fields[CALL_HEADERS.idempotencyKey] = text(idempotencyKey);
  if (after !== undefined) fields[CALL_HEADERS.after] = text(after);
  if (attempt !== undefined) fields[CALL_HEADERS.attempt] = String(attempt);
  if (criticality !== undefined) fields[CALL_HEADERS.criticality] = criticality;
  return fields;
}

const number = (value: string | undefined, otherwise: number): number =>
  value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : otherwise;

/** What is missing or makes no sense is as if nothing had been said; the deadline is then 5 s. */
export function readHeaders(fields: Headers): CallHeaders {
  const { idempotencyKey, after, attempt, criticality } = CALL_HEADERS;
  const key = fields[idempotencyKey];
  const wanted = fields[after];
  const rank = fields[criticality];
  return {
    deadlineMs: number(fields[CALL_HEADERS.deadlineMs], DEADLINE_MS_DEFAULT),
    correlationId: plain(fields[CALL_HEADERS.correlationId] ?? ''),
    causationId: plain(fields[CALL_HEADERS.causationId] ?? ''),
    traceparent: plain(fields[CALL_HEADERS.traceparent] ?? ''),
    ...(key !== undefined && { idempotencyKey: plain(key) }),
    ...(wanted !== undefined && { after: plain(wanted) }),
    ...(fields[attempt] !== undefined && { attempt: number(fields[attempt], 1) }),
    ...(rank !== undefined && CRITICALITIES.includes(rank) && { criticality: rank as Criticality }),
  };
}

/** A reply as an answer: 200, or a problem that says whether it is a refusal or an error. */
export function writtenReply(reply: Reply): InboundReply {
  const headers: Record<string, string> = { [RESERVED_HEADERS.reply]: reply.kind };
  if (reply.kind === 'error') {
    const { code, message: detail, retryable, details } = reply.error;
    const known = Object.hasOwn(CODES, code) ? CODES[code as Code] : CODES.BAD_UPSTREAM;
    const status = known.status || CODES.INTERNAL_ERROR.status;
    headers['content-type'] = PROBLEM_MEDIA_TYPE;
    const retryAfter = retryAfterSeconds(status, details);
    if (retryAfter !== undefined) headers['retry-after'] = retryAfter;
    const body = { type: problemType(code), title: known.title, status, detail, code, retryable };
    return { status, headers, body: JSON.stringify(details ? { ...body, details } : body) };
  }
  if (reply.stale) headers[RESERVED_HEADERS.stale] = 'true';
  if (reply.kind === 'refusal') {
    const { code, data } = reply;
    headers['content-type'] = PROBLEM_MEDIA_TYPE;
    const body = { type: problemType(code), title: code, status: REFUSED, code, data };
    return { status: REFUSED, headers, body: JSON.stringify(body) };
  }
  headers['content-type'] = JSON_TYPE;
  if (reply.after !== '') headers[CALL_HEADERS.after] = reply.after;
  if (reply.replayed) headers['idempotent-replayed'] = 'true';
  return { status: 200, headers, body: JSON.stringify(reply.value) ?? '' };
}

const strange = (status: number): Reply => {
  const code = status === 503 ? 'UNAVAILABLE' : 'BAD_UPSTREAM';
  const message = `the other side answered ${status} and no reply of a service`;
  return { kind: 'error', error: new OffshootError(code, message).toJSON() };
};

/**
 * An answer as a reply. What does not say that it is one (a proxy's page, another program on that
 * port) is BAD_UPSTREAM, or UNAVAILABLE with status 503: never a refusal.
 */
export function readReply({ status, headers, body }: OutboundReply): Reply {
  const kind = headers[RESERVED_HEADERS.reply];
  if (kind !== 'output' && kind !== 'refusal' && kind !== 'error') return strange(status);
  try {
    const value: any = body === '' ? undefined : JSON.parse(body);
    const stale = headers[RESERVED_HEADERS.stale] === 'true' ? { stale: true } : {};
    if (kind === 'refusal') return { kind, code: String(value.code), data: value.data, ...stale };
    if (kind === 'error') {
      const { code, detail: message, retryable, details } = value;
      const error = { code: String(code), message: String(message), retryable: retryable === true };
      return { kind, error: details ? { ...error, details } : error };
    }
    const after = headers[CALL_HEADERS.after] ?? '';
    const replayed = headers['idempotent-replayed'] === 'true' ? { replayed: true } : {};
    return { kind, value, after, ...replayed, ...stale };
  } catch {
    return strange(status);
  }
}
