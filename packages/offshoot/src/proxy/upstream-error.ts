// What is said when a service gave no whole answer?
import { OffshootError } from '../error/index.ts';
import type { UpstreamFailure } from '../runtime/index.ts';

/** RFC 9209, 2.3. */
const PROXY_ERRORS: Readonly<Record<UpstreamFailure['kind'], string>> = {
  connect: 'connection_refused',
  reset: 'connection_terminated',
  protocol: 'http_protocol_error',
  busy: 'connection_limit_reached',
};

/** UNAVAILABLE, or BAD_UPSTREAM for what is no HTTP. `details.sent` is false where nothing was sent. */
export function upstreamError({ kind, cause }: UpstreamFailure, service: string): OffshootError {
  const code = kind === 'protocol' ? 'BAD_UPSTREAM' : 'UNAVAILABLE';
  const details = { proxyError: PROXY_ERRORS[kind], sent: kind !== 'connect' && kind !== 'busy' };
  return new OffshootError(code, `${service} gave no whole answer`, { cause, details });
}
