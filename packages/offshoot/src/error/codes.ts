// Which codes can go wrong here, what each means, and how it looks over HTTP?

interface CodeMeaning {
  /** HTTP status of the problem; 0 = never sent over HTTP. */
  readonly status: number;
  /** Whether the same call may succeed later without being changed. */
  readonly retryable: boolean;
  readonly title: string;
}

const code = (status: number, title: string, retryable = false): CodeMeaning => ({
  status,
  title,
  retryable,
});

/** Every code the toolkit itself can answer with. A contract adds its own refusals. */
export const CODES = {
  MALFORMED_BODY: code(400, 'The body is not well-formed JSON'),
  MALFORMED_REQUEST: code(400, 'The request is not well-formed HTTP'),
  IDEMPOTENCY_KEY_REQUIRED: code(400, 'This operation needs an Idempotency-Key header'),
  UNAUTHENTICATED: code(401, 'No valid access token'),
  FORBIDDEN: code(403, 'The caller may not do this'),
  ROUTE_NOT_FOUND: code(404, 'No operation has this path'),
  SAGA_NOT_FOUND: code(404, 'No saga has this id'),
  BREAKER_NOT_FOUND: code(404, 'No breaker has this name'),
  DEAD_LETTER_NOT_FOUND: code(404, 'No such message waits'),
  INSTANCE_NOT_FOUND: code(404, 'The registry does not know this instance any more'),
  METHOD_NOT_ALLOWED: code(405, 'This path has no operation with this method'),
  CONFLICT: code(409, 'Somebody else changed the same thing first', true),
  OUTCOME_PENDING: code(409, 'The same key is still in flight', true),
  FENCED: code(409, 'This process no longer owns the store', true),
  PRECONDITION_FAILED: code(412, 'It is not as the caller saw it any more'),
  BODY_TOO_LARGE: code(413, 'The body is larger than this operation accepts'),
  UNSUPPORTED_MEDIA_TYPE: code(415, 'The body must be application/json'),
  VALIDATION_FAILED: code(422, 'The input does not match the contract'),
  IDEMPOTENCY_KEY_REUSED: code(422, 'This Idempotency-Key was used with another input'),
  PRECONDITION_REQUIRED: code(428, 'This operation needs an If-Match header'),
  RATE_LIMITED: code(429, 'Too many requests', true),
  HEADERS_TOO_LARGE: code(431, 'The header lines are larger than this server accepts'),
  INTERNAL_ERROR: code(500, 'Something went wrong on our side'),
  BAD_UPSTREAM: code(502, 'A service answered with something that is no answer', true),
  UNAVAILABLE: code(503, 'A service could not be reached', true),
  NO_HEALTHY_INSTANCE: code(503, 'No healthy instance of the service', true),
  OVERLOADED: code(503, 'Too much work at once', true),
  CIRCUIT_OPEN: code(503, 'The circuit breaker is open', true),
  DRAINING: code(503, 'The process is shutting down', true),
  DEADLINE_EXCEEDED: code(504, 'The deadline passed before there was an answer', true),
  OUTCOME_UNKNOWN: code(0, 'Nobody can say any more whether this happened'),
  VERSION_UNKNOWN: code(0, 'No host knows the version that a running saga is pinned to'),
  FORKED: code(0, 'The producer was restored to a point before what this consumer has seen'),
  STORE_TOO_NEW: code(0, 'The store was written by a newer release'),
  STORE_MISMATCH: code(0, 'This file is not the store the topology names'),
  STORE_CORRUPT: code(0, 'The stored bytes do not match their sum'),
  PORT_IN_USE: code(0, 'Another program listens on this port'),
  DATA_FOLDER_UNWRITABLE: code(0, 'The data folder cannot be written'),
  NO_HOST: code(0, 'No host runs on this data folder'),
  DATA_FOLDER_IN_USE: code(0, 'Another process runs on this data folder'),
  BAD_SETTING: code(0, 'A setting of this process is missing or cannot be used'),
  BAD_DEFINITION: code(0, 'A contract, service, saga or topology is not well-formed'),
} as const;

export type Code = keyof typeof CODES;

/** The problem `type` URI of a code, RFC 9457. */
export function problemType(name: string): string {
  return `https://offshoot.dev/errors/${name}`;
}

/**
 * Codes that say "not now" rather than "no": the callee may or may not have acted.
 * They are never a reason to compensate a paid order, and a subscription pauses on them.
 */
const AVAILABILITY: ReadonlySet<string> = new Set([
  'UNAVAILABLE',
  'NO_HEALTHY_INSTANCE',
  'OVERLOADED',
  'CIRCUIT_OPEN',
  'DRAINING',
  'DEADLINE_EXCEEDED',
  'OUTCOME_PENDING',
  'FENCED',
  'BAD_UPSTREAM',
  'RATE_LIMITED',
]);

/** Whether a failure says nothing about the input, only about the moment. */
export function isAvailability(name: string): boolean {
  return AVAILABILITY.has(name);
}
