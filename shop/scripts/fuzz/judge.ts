// Is an answer one that the shop's own description promises?
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { CODES, problemType } from 'offshoot/error';
import type { Answer, Draft } from './request.ts';
import type { AskedOperation, DocumentedAnswer, Surface } from './surface.ts';

/** What a draft asked for, and whether its answer is right. */
export interface Verdict {
  /** Undefined: nothing that is documented. */
  readonly operation: AskedOperation | undefined;
  /** A handler answered: nothing else can answer so. */
  readonly isHandled: boolean;
  /** What is wrong with the answer; empty when nothing is. */
  readonly complaints: readonly string[];
}

export type Judge = (draft: Draft, answer: Answer) => Verdict;

/** Answered before any header was read, so that no id can come back. */
const UNREAD = 431;
/** Those that the edge answers where there is no operation. */
const NO_OPERATION: Readonly<Record<number, string>> = {
  [UNREAD]: 'HEADERS_TOO_LARGE',
  400: 'MALFORMED_REQUEST',
  404: 'ROUTE_NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
};
/** Header fields that come with a status, whoever is asked. */
const WITH_STATUS: Readonly<Record<number, string>> = {
  401: 'www-authenticate',
  405: 'allow',
  429: 'retry-after',
};
const TRACE = /node_modules|\.[cm]?[jt]s:\d|\bat [\w.<>]+ \(|file:\/\//;
const SAFE_ID = /^fuzz-[\w-]+$/;
const PROBLEM_TYPE = 'application/problem+json';

/** Judges against the document alone: schemas by a validator that is none of ours. */
export function judge({ components, find }: Surface): Judge {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  const checks = new Map<object, ValidateFunction>();
  const problem = { $ref: '#/components/schemas/Problem' };

  const mismatch = (schema: object, value: unknown): string | undefined => {
    const check = checks.get(schema) ?? ajv.compile({ ...schema, components });
    checks.set(schema, check);
    return check(value) ? undefined : `off its schema: ${ajv.errorsText(check.errors)}`;
  };

  const inBody = (status: number, { text, headers }: Answer, said: DocumentedAnswer) => {
    if (said.schema === undefined) return text === '' ? [] : ['a body where none is documented'];
    const expected = said.codes.length > 0 ? PROBLEM_TYPE : 'application/json';
    if (headers['content-type'] !== expected)
      return [`${headers['content-type']} is not ${expected}`];
    const value = jsonOf(text);
    if (value === undefined) return ['the body is no JSON'];
    const wrong = mismatch(said.schema, value);
    const found = wrong === undefined ? [] : [wrong];
    if (said.codes.length === 0) return found;
    const { code, type, status: told } = value as Record<string, unknown>;
    if (!said.codes.includes(code as string)) found.push(`${code} is not documented at ${status}`);
    if (type !== problemType(code as string)) found.push(`${type} is not the type of ${code}`);
    if (told !== status) found.push(`its body says ${told}`);
    return found;
  };

  return (draft, answer) => {
    const { status, headers, text } = answer;
    const wrong: string[] = [];
    const operation = find(draft.method, draft.target);
    if (status === 0) return { operation, isHandled: false, complaints: [`no answer: ${text}`] };
    if (status >= 500) wrong.push(`a ${status}`);
    if (status < 400 && operation && !mayAsk(draft, operation))
      wrong.push(`${draft.who.name} was let in`);
    if (TRACE.test(text)) wrong.push('it shows where the code is');
    if (status !== UNREAD && !isEcho(draft, headers['x-request-id']))
      wrong.push('x-request-id does not come back');
    const named = WITH_STATUS[status];
    if (named !== undefined && headers[named] === undefined) wrong.push(`no ${named}`);
    const said = operation?.answers.get(status);
    const code = codeOf(text);
    if (said && !isNoOperation(draft, status, code)) {
      for (const name of said.headers) if (!headers[name]) wrong.push(`no ${name}`);
      wrong.push(...inBody(status, answer, said));
    } else if (draft.method === 'HEAD' || isNoOperation(draft, status, code)) {
      const codes = [NO_OPERATION[status] ?? ''];
      const only = { codes, refusals: new Set<string>(), schema: problem, headers: [] };
      if (draft.method !== 'HEAD') wrong.push(...inBody(status, answer, only));
    } else wrong.push(`${status} ${code ?? ''} is documented nowhere`);
    return { operation, isHandled: isHandled(said, answer, code), complaints: wrong };
  };
}

/** Whoever shows a token that is none is nobody's guest, not even where anybody may come in. */
function mayAsk({ who }: Draft, { isOpen, isRestricted }: AskedOperation): boolean {
  if (!who.isLive) return isOpen && who.authorization === undefined;
  return !isRestricted || who.isAdmin;
}

/** A plain request for an operation must find it: else it is no answer that it has no path. */
const isNoOperation = ({ isOdd }: Draft, status: number, code: string | undefined) =>
  isOdd && code !== undefined && NO_OPERATION[status] === code;

/** What only a handler can say: a result that is not a repeat, or a refusal of its own. */
function isHandled(said: DocumentedAnswer | undefined, { status, headers }: Answer, code?: string) {
  if (status >= 200 && status < 400) return headers['idempotent-replayed'] === undefined;
  if (code === undefined || Object.hasOwn(CODES, code)) return false;
  return said?.refusals.has(code) ?? false;
}

/** An id that is safe comes back as it was; else another came back. */
function isEcho({ headers }: Draft, answered: string | readonly string[] | undefined): boolean {
  const sent = headers['x-request-id'];
  if (typeof answered !== 'string' || answered === '') return false;
  return typeof sent !== 'string' || !SAFE_ID.test(sent) || answered === sent;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function codeOf(text: string): string | undefined {
  const { code } = (jsonOf(text) ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}
