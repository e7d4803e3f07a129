// How does a client learn which hop made this answer, and why? RFC 9209.
import type { OffshootError } from '../error/index.ts';

const NAME = 'offshoot';
const BY_CODE: Readonly<Record<string, string>> = {
  ROUTE_NOT_FOUND: 'destination_not_found',
  NO_HEALTHY_INSTANCE: 'destination_unavailable',
  CIRCUIT_OPEN: 'destination_unavailable',
  UNAVAILABLE: 'destination_unavailable',
  OVERLOADED: 'connection_limit_reached',
  DEADLINE_EXCEEDED: 'connection_timeout',
  BAD_UPSTREAM: 'http_protocol_error',
  MALFORMED_REQUEST: 'http_request_error',
  METHOD_NOT_ALLOWED: 'http_request_denied',
  UNAUTHENTICATED: 'http_request_denied',
  FORBIDDEN: 'http_request_denied',
  RATE_LIMITED: 'http_request_denied',
  BODY_TOO_LARGE: 'http_request_denied',
  HEADERS_TOO_LARGE: 'http_request_error',
  INTERNAL_ERROR: 'proxy_internal_error',
};
const DETAILS: Readonly<Record<string, string>> = {
  CIRCUIT_OPEN: 'breaker open',
  NO_HEALTHY_INSTANCE: 'no healthy instance',
};

/** The value of `Proxy-Status` for an error that this gateway answers; undefined: it says nothing. */
export function proxyStatus({ code, details }: OffshootError): string | undefined {
  const error = typeof details.proxyError === 'string' ? details.proxyError : BY_CODE[code];
  if (error === undefined) return undefined;
  const more = DETAILS[code];
  return `${NAME}; error=${error}${more === undefined ? '' : `; details="${more}"`}`;
}
