// How is what travels with a call written as HTTP headers? Pinned in decision record 0003.
import type { CallHeaders } from './call.ts';

/** The header of each field of `CallHeaders`, lower case. */
export const CALL_HEADERS = {
  deadlineMs: 'offshoot-deadline-ms',
  correlationId: 'x-correlation-id',
  causationId: 'x-request-id',
  traceparent: 'traceparent',
  idempotencyKey: 'idempotency-key',
  /** `<service>=<epoch>.<seq>`: on a reply what it was made from, on a query what to wait for. */
  after: 'offshoot-after',
  attempt: 'offshoot-attempt',
  criticality: 'offshoot-criticality',
} as const satisfies Readonly<Record<keyof CallHeaders, string>>;

/** Headers that are pinned beside them: set by the toolkit, stripped or checked at the edge. */
export const RESERVED_HEADERS = {
  /** On an error: how often somebody below tried again. Whoever reads it does not. */
  retried: 'offshoot-retried',
  /** On every answer of another host, what it is: `output`, `refusal` or `error`. */
  reply: 'offshoot-reply',
  /** On an answer that may be older than the `after` it was asked with: `true`. */
  stale: 'offshoot-stale',
  /** The signed token of the person on whose behalf the call is made. */
  principal: 'offshoot-principal',
  /** The calling service's own identity. */
  serviceToken: 'x-service-token',
} as const;
