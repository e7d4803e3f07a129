// Which answers are in the bytes that a client got?
import { type HeaderLine, valuesOf } from './strict-reader.ts';

export interface ReadAnswer {
  readonly status: number;
  readonly headers: readonly HeaderLine[];
  readonly body: string;
}

export interface Answers {
  readonly answers: readonly ReadAnswer[];
  /** What is left over or wrong; empty when the bytes are answers and nothing else. */
  readonly fault: string;
}

const STATUS_LINE = /^HTTP\/1\.[01] (\d{3})( [\t\x20-\x7e\x80-\xff]*)?$/;
const HEADER = /^([!#$%&'*+.^_`|~\w-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*$/;

function chunked(bytes: string, from: number): { body: string; end: number } | undefined {
  let body = '';
  let at = from;
  for (;;) {
    const eol = bytes.indexOf('\r\n', at);
    if (eol === -1 || !/^[\da-f]+$/i.test(bytes.slice(at, eol))) return undefined;
    const size = Number.parseInt(bytes.slice(at, eol), 16);
    const next = eol + 2 + size;
    if (bytes.slice(next, next + 2) !== '\r\n') return undefined;
    if (size === 0) return { body, end: next + 2 };
    body += bytes.slice(eol + 2, next);
    at = next + 2;
  }
}

/** Where a body begins and ends; undefined when it does not end. */
function bodyAt(
  bytes: string,
  at: number,
  headers: readonly HeaderLine[],
): { body: string; end: number } | undefined {
  const lengths = valuesOf(headers, 'content-length');
  const codings = valuesOf(headers, 'transfer-encoding');
  if (lengths.length + codings.length > 1) return undefined;
  if (codings.length === 1) return chunked(bytes, at);
  if (lengths.length === 0) return { body: bytes.slice(at), end: bytes.length };
  const end = at + Number(lengths[0]);
  return end > bytes.length ? undefined : { body: bytes.slice(at, end), end };
}

/**
 * Reads what came back on one connection, `latin1`, until it closed. `methods` are those of the
 * requests it answers, in order, because the answer to HEAD has no body. Interim answers are left out.
 */
export function readAnswers(bytes: string, methods: readonly string[]): Answers {
  const answers: ReadAnswer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf('\r\n\r\n', at);
    if (end === -1) return { answers, fault: 'a head that does not end' };
    const [first = '', ...lines] = bytes.slice(at, end).split('\r\n');
    const status = Number(STATUS_LINE.exec(first)?.[1]);
    if (!status) return { answers, fault: `no status line: ${JSON.stringify(first.slice(0, 60))}` };
    const headers: HeaderLine[] = [];
    for (const line of lines) {
      const match = HEADER.exec(line);
      if (!match) return { answers, fault: `no header: ${JSON.stringify(line.slice(0, 60))}` };
      headers.push({ name: match[1] ?? '', value: match[2] ?? '' });
    }
    at = end + 4;
    if (status < 200) continue;
    const isEmpty = status === 204 || status === 304 || methods[answers.length] === 'HEAD';
    const found = isEmpty ? { body: '', end: at } : bodyAt(bytes, at, headers);
    if (!found) return { answers, fault: 'an answer whose body does not end' };
    at = found.end;
    answers.push({ status, headers, body: found.body });
  }
  return { answers, fault: '' };
}
