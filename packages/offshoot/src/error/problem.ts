// How does a failure look to a caller over HTTP? RFC 9457 problem details.
import { CODES, type Code, problemType } from './codes.ts';
import type { ErrorRecord, OffshootError } from './offshoot-error.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string;
  readonly code: string;
  readonly retryable: boolean;
  readonly traceId?: string;
  /** What does not fit the contract, with VALIDATION_FAILED. */
  readonly errors?: unknown;
  /** What the contract declares to come with a refusal. */
  readonly data?: unknown;
  /** Names of the quotas that are used up, with RATE_LIMITED. */
  readonly 'violated-policies'?: unknown;
}

/** A refusal as its contract declares it: with a status of its own. */
export interface RefusedCall {
  readonly code: string;
  readonly status: number;
  readonly data?: unknown;
}

/** Where it happened. */
export interface Occurrence {
  /** Path of the request, without its query. */
  readonly instance?: string;
  readonly traceId?: string;
}

/**
 * The Retry-After of an answer with this status, in whole seconds: what the failure itself asks for
 * (`details.retryAfterMs`), else one. Undefined where coming again is no use.
 */
export function retryAfterSeconds(status: number, details: unknown): string | undefined {
  if (status !== 503 && status !== 429) return undefined;
  const ms = Number((details as { readonly retryAfterMs?: unknown } | undefined)?.retryAfterMs);
  return String(Math.max(1, Math.ceil((ms || 0) / 1_000)));
}

/** `OUT_OF_STOCK` reads `Out of stock`. */
function titleOf(code: string): string {
  const words = code.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function refusalProblem({ code, status, data }: RefusedCall): Problem {
  const title = titleOf(code);
  const base = { type: problemType(code), title, status, detail: title, code, retryable: false };
  return data === undefined ? base : { ...base, data };
}

/** A code that has no place in HTTP is an internal error to everybody outside. */
function shownCode(code: string): Code {
  if (!Object.hasOwn(CODES, code)) return 'BAD_UPSTREAM';
  return CODES[code as Code].status === 0 ? 'INTERNAL_ERROR' : (code as Code);
}

function errorProblem(error: OffshootError | ErrorRecord): Problem {
  const code = shownCode(error.code);
  const { status, title } = CODES[code];
  const { message, details } = error;
  // A message about our own side may name hosts, stores and values: it goes to the log only.
  const detail = status >= 500 ? title : message;
  const retryable = code === 'INTERNAL_ERROR' ? false : error.retryable;
  const base = { type: problemType(code), title, status, detail, code, retryable };
  if (code === 'VALIDATION_FAILED' && details?.errors) return { ...base, errors: details.errors };
  if (code === 'RATE_LIMITED' && details?.violatedPolicies)
    return { ...base, 'violated-policies': details.violatedPolicies };
  return base;
}

/**
 * The body of a problem answer. A 5xx carries neither message, details nor cause of the error; of
 * the details of a 4xx only `errors` of VALIDATION_FAILED and the policies of RATE_LIMITED. A refusal keeps its own status.
 *
 * @example
 * problem({ code: 'OUT_OF_STOCK', status: 409, data: { sku: 'KIT-1' } }).title; // 'Out of stock'
 */
export function problem(
  failure: OffshootError | ErrorRecord | RefusedCall,
  occurrence: Occurrence = {},
): Problem {
  const body = 'status' in failure ? refusalProblem(failure) : errorProblem(failure);
  return { ...body, ...occurrence };
}
