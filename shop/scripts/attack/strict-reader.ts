// Which requests are in these bytes, for a reader who knows RFC 9112 and has no mercy?

export interface HeaderLine {
  readonly name: string;
  readonly value: string;
}

export interface ReadRequest {
  readonly method: string;
  readonly target: string;
  readonly version: '1.0' | '1.1';
  readonly headers: readonly HeaderLine[];
  /** Without its framing. One character a byte, as everything here. */
  readonly body: string;
  readonly framing: 'none' | 'length' | 'chunked';
  readonly hasTrailers: boolean;
  /** Why it must be refused though it is clear where it ends. */
  readonly objection: string | undefined;
}

export interface Reading {
  readonly requests: readonly ReadRequest[];
  /**
   * `partial`: more bytes could complete a request. `broken`: nobody can say where the next one
   * begins, so nothing after it may be looked at. `closed`: the last request was the last.
   */
  readonly end: 'clean' | 'partial' | 'broken' | 'closed';
  /** What is wrong when it is broken. */
  readonly why: string;
  /** How many bytes the requests take. */
  readonly length: number;
}

class Broken extends Error {}
class Partial extends Error {}

const TOKEN = /^[!#$%&'*+.^_`|~\w-]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const TARGET = /^[\x21-\x7e]+$/;
const HOST = /^(\[[\da-fA-F:.]+\]|[\w.~!$&'()*+,;=%-]*)(:\d*)?$/;
const LENGTH = /^\d{1,15}$/;
const CHUNK_SIZE = /^0*[\da-fA-F]{1,16}$/;
const CHUNK_EXTENSION =
  /^(;[!#$%&'*+.^_`|~\w-]+(=([!#$%&'*+.^_`|~\w-]+|"[\t\x20-\x7e\x80-\xff]*"))?)*$/;

/** Moves over bytes; who asks for more than there is gets `Partial`. */
interface Cursor {
  readonly bytes: string;
  at: number;
}

function line(cursor: Cursor): string {
  const { bytes, at } = cursor;
  for (let end = at; end < bytes.length; end += 1) {
    const code = bytes.charCodeAt(end);
    if (code === 10) throw new Broken('a line feed without its carriage return');
    if (code === 0) throw new Broken('a NUL');
    if (code !== 13) continue;
    if (end + 1 === bytes.length) break;
    if (bytes.charCodeAt(end + 1) !== 10) throw new Broken('a carriage return within a line');
    cursor.at = end + 2;
    return bytes.slice(at, end);
  }
  throw new Partial();
}

function taken(cursor: Cursor, count: number): string {
  const end = cursor.at + count;
  if (end > cursor.bytes.length) throw new Partial();
  const text = cursor.bytes.slice(cursor.at, end);
  cursor.at = end;
  return text;
}

function headerLines(cursor: Cursor): HeaderLine[] {
  const lines: HeaderLine[] = [];
  for (let text = line(cursor); text !== ''; text = line(cursor)) {
    if (text.startsWith(' ') || text.startsWith('\t')) throw new Broken('a folded line');
    const colon = text.indexOf(':');
    if (colon === -1) throw new Broken('a header line without a colon');
    const name = text.slice(0, colon);
    if (!TOKEN.test(name)) throw new Broken('a header name that is no token');
    const value = text.slice(colon + 1).replace(/^[\t ]+|[\t ]+$/g, '');
    if (!VALUE.test(value)) throw new Broken('a control character in a header');
    lines.push({ name, value });
  }
  return lines;
}

/** Values of a header, by its name in lower case. */
export const valuesOf = (lines: readonly HeaderLine[], name: string): string[] =>
  lines.filter((one) => one.name.toLowerCase() === name).map(({ value }) => value);

function chunks(cursor: Cursor): { body: string; hasTrailers: boolean } {
  let body = '';
  for (;;) {
    const text = line(cursor);
    const mark = text.indexOf(';');
    const size = mark === -1 ? text : text.slice(0, mark);
    if (!CHUNK_SIZE.test(size)) throw new Broken('a chunk size that is no hexadecimal number');
    if (mark !== -1 && !CHUNK_EXTENSION.test(text.slice(mark)))
      throw new Broken('a chunk extension that is none');
    const length = Number.parseInt(size, 16);
    if (length === 0) return { body, hasTrailers: headerLines(cursor).length > 0 };
    body += taken(cursor, length);
    const end = cursor.bytes.slice(cursor.at, cursor.at + 2);
    if (end !== '\r\n'.slice(0, end.length))
      throw new Broken('a chunk that is longer than it says');
    taken(cursor, 2);
  }
}

type Framing = { framing: 'none' | 'chunked' } | { framing: 'length'; length: number };

function framingOf(headers: readonly HeaderLine[], version: string): Framing {
  const codings = valuesOf(headers, 'transfer-encoding');
  const lengths = valuesOf(headers, 'content-length');
  if (codings.length > 0) {
    if (lengths.length > 0) throw new Broken('Transfer-Encoding and Content-Length');
    if (version === '1.0') throw new Broken('Transfer-Encoding in HTTP/1.0');
    if (codings.length > 1 || codings[0]?.toLowerCase() !== 'chunked')
      throw new Broken('a Transfer-Encoding that is not chunked');
    return { framing: 'chunked' };
  }
  const [length] = lengths;
  if (length === undefined) return { framing: 'none' };
  if (lengths.length > 1 || !LENGTH.test(length)) throw new Broken('a Content-Length that is none');
  return { framing: 'length', length: Number(length) };
}

function objectionTo(target: string, version: string, headers: readonly HeaderLine[]) {
  const hosts = valuesOf(headers, 'host');
  if (hosts.length > 1) return 'more than one Host';
  if (hosts.length === 0 && version === '1.1') return 'no Host';
  if (!HOST.test(hosts[0] ?? '')) return 'a Host that is none';
  return target.includes('#') ? 'a fragment in the target' : undefined;
}

/**
 * Mercy, twice, because Node's parser shows nobody the line it read, and neither moves the end of a
 * request: several spaces are one, and RTSP/1.0 is HTTP/1.0.
 */
const REQUEST_LINE = /^(\S+) +(\S+) +(\S+)$/;
const PROTOCOL = /^(?:HTTP\/(1\.[01])|RTSP\/(1\.0))$/;

function request(cursor: Cursor): ReadRequest {
  const [, method = '', target = '', protocol = ''] = REQUEST_LINE.exec(line(cursor)) ?? [];
  if (!TOKEN.test(method) || !TARGET.test(target)) throw new Broken('a request line that is none');
  const [, http, rtsp] = PROTOCOL.exec(protocol) ?? [];
  const version = (http ?? rtsp) as '1.0' | '1.1' | undefined;
  if (version === undefined) throw new Broken('another protocol');
  if (method === 'CONNECT') throw new Broken('a tunnel');
  const headers = headerLines(cursor);
  const framed = framingOf(headers, version);
  const { framing } = framed;
  const body = framing === 'length' ? { body: taken(cursor, framed.length) } : { body: '' };
  const content = framing === 'chunked' ? chunks(cursor) : { ...body, hasTrailers: false };
  const objection = objectionTo(target, version, headers);
  return { ...{ method, target, version, headers, framing, objection }, ...content };
}

/** Whether the connection ends with this request. */
function isLast({ version, headers }: ReadRequest): boolean {
  const options = valuesOf(headers, 'connection').join(',').toLowerCase();
  const has = (option: string) => options.split(',').some((one) => one.trim() === option);
  return has('close') || (version === '1.0' && !has('keep-alive'));
}

/** Empty lines before a request say nothing, RFC 9112, 2.2. */
const skipped = (bytes: string, from: number): number => {
  let at = from;
  while (bytes[at] === '\r' || bytes[at] === '\n') at += 1;
  return at;
};

/**
 * Every request that these bytes (one character each, `latin1`) hold without a doubt, and how it
 * ends. It never throws.
 *
 * @example
 * readRequests('GET / HTTP/1.1\r\nHost: a\r\n\r\n').requests[0]?.target; // '/'
 */
export function readRequests(bytes: string): Reading {
  const requests: ReadRequest[] = [];
  const cursor: Cursor = { bytes, at: skipped(bytes, 0) };
  let length = 0;
  const ended = (end: Reading['end'], why = ''): Reading => ({ requests, end, why, length });
  while (cursor.at < bytes.length) {
    try {
      const one = request(cursor);
      requests.push(one);
      length = cursor.at;
      if (isLast(one)) return ended('closed');
    } catch (error) {
      if (error instanceof Partial) return ended('partial');
      if (error instanceof Broken) return ended('broken', error.message);
      throw error;
    }
    cursor.at = skipped(bytes, cursor.at);
  }
  return ended('clean');
}
