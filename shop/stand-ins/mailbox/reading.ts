// How is mail read over HTTP? A request becomes one answer: JSON for programs, a page for people.
import { PAGE_HEADERS, page } from './page.ts';
import type { Spool } from './spool.ts';

export interface Reading {
  readonly method: string;
  /** With its query. */
  readonly url: string;
  readonly host: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const LIMIT_MAX = 1_000;
const PAGE_MESSAGES = 50;
/** Mail is personal: a page elsewhere must not read it under a name that leads to loopback. */
const OWN_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;

const json = (status: number, body: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});
const problem = (status: number, code: string) => json(status, { code });

/** Answers `GET /`, `/messages?after=&limit=` and `/health`. Changes nothing. */
export function read(mail: Spool, { method, url, host }: Reading): Answer {
  if (!OWN_HOST.test(host ?? '')) return problem(421, 'NOT_THIS_HOST');
  if (method !== 'GET' && method !== 'HEAD') return problem(405, 'METHOD_NOT_ALLOWED');
  const [path = '', search] = url.split('?');
  const query = new URLSearchParams(search);
  if (path === '/health') return json(200, { status: 'pass' });
  if (path === '/messages') return messages(mail, query);
  return path === '/' ? wholePage(mail, query) : problem(404, 'ROUTE_NOT_FOUND');
}

function messages(mail: Spool, query: URLSearchParams): Answer {
  const after = whole(query.get('after'), 0);
  const limit = whole(query.get('limit'), LIMIT_MAX);
  if (after === undefined || !limit) return problem(400, 'INVALID_QUERY');
  const found = mail.after(after, Math.min(limit, LIMIT_MAX));
  const last = found.at(-1)?.id ?? after;
  return json(200, { messages: found, next: last < mail.count ? last : null });
}

function wholePage(mail: Spool, query: URLSearchParams): Answer {
  const { count } = mail;
  const before = whole(query.get('before'), count + 1);
  if (before === undefined) return problem(400, 'INVALID_QUERY');
  const found = mail.before(before, PAGE_MESSAGES);
  const oldest = found.at(-1)?.id ?? 1;
  const older = oldest > 1 ? oldest : undefined;
  const body = page({ messages: found, count, older, isNewest: before > count });
  return { status: 200, headers: PAGE_HEADERS, body };
}

/** A whole number from 0 on, the fallback where none was given, undefined for anything else. */
function whole(text: string | null, fallback: number): number | undefined {
  if (text === null || text === '') return fallback;
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
