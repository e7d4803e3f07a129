// What does a client get in place of an answer? RFC 9457, with what says when to try again, and why.
import { type OffshootError, PROBLEM_MEDIA_TYPE, problem } from '../error/index.ts';
import { proxyStatus } from './proxy-status.ts';

export interface ProblemAnswer {
  readonly status: number;
  /** Lower-case name, value, … */
  readonly headers: string[];
  readonly body: string;
}

const RETRY_SECONDS = '1';

/** `target` is the path of the request with its query, which is left out. */
export function problemAnswer(error: OffshootError, target: string | undefined): ProblemAnswer {
  const instance = target?.split('?', 1)[0];
  const said = problem(error, instance === undefined ? {} : { instance });
  const headers = ['content-type', PROBLEM_MEDIA_TYPE];
  const cause = proxyStatus(error);
  if (cause !== undefined) headers.push('proxy-status', cause);
  const { retryAfterMs, allow } = error.details;
  if (typeof retryAfterMs === 'number')
    headers.push('retry-after', String(Math.ceil(retryAfterMs / 1_000)));
  else if (said.status === 503) headers.push('retry-after', RETRY_SECONDS);
  if (typeof allow === 'string') headers.push('allow', allow);
  if (said.status === 401) headers.push('www-authenticate', 'Bearer');
  return { status: said.status, headers, body: JSON.stringify(said) };
}
