// Is the head of this answer one that every reader reads alike, and how long is the body behind it?

/** Everything that RFC 9112 allows in a head and nothing else: no folded, bare or empty lines. */
const HEAD =
  /^HTTP\/1\.1 [1-5]\d\d(?: [\t\x20-\x7e\x80-\xff]*)?\r\n(?:[!#$%&'*+\-.^_`|~\dA-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r\n)*$/;
const STATUS_AT = 9;
const NAMES_MAX = 1_000;
const BLANK = /^[ \t]+|[ \t]+$/g;

/** Of a body: so many bytes, or one of these. */
export const CHUNKED = -1;
export const UNTIL_CLOSE = -2;

export interface ResponseHead {
  readonly status: number;
  /** Lower-case name, value, … */
  readonly headers: string[];
  /** Bytes of the body, CHUNKED or UNTIL_CLOSE. */
  readonly body: number;
  /** Whether the connection may be used again. */
  readonly isLast: boolean;
}

const names = new Map<string, string>();

function lower(raw: string): string {
  const known = names.get(raw);
  if (known !== undefined) return known;
  const name = raw.toLowerCase();
  if (names.size < NAMES_MAX) names.set(raw, name);
  return name;
}

function trimmed(value: string): string {
  const first = value.charCodeAt(0);
  const last = value.charCodeAt(value.length - 1);
  const isPlain = first !== 0x20 && first !== 0x09 && last !== 0x20 && last !== 0x09;
  return isPlain ? value : value.replace(BLANK, '');
}

/**
 * Reads `text`, a head up to and with the line break of its last line. Undefined for whatever is
 * odd: two lengths, a length beside a coding, a coding other than chunked, HTTP/1.0.
 */
export function readResponseHead(text: string, hasNoBody: boolean): ResponseHead | undefined {
  if (!HEAD.test(text)) return undefined;
  const status = Number(text.slice(STATUS_AT, STATUS_AT + 3));
  const headers: string[] = [];
  let length = -1;
  let coding = false;
  let isLast = false;
  for (let at = text.indexOf('\r\n') + 2; at < text.length; ) {
    const colon = text.indexOf(':', at);
    const end = text.indexOf('\r\n', colon);
    const name = lower(text.slice(at, colon));
    // Nearly every line has one blank after the colon.
    const from = text.charCodeAt(colon + 1) === 0x20 ? colon + 2 : colon + 1;
    const value = trimmed(text.slice(from, end));
    at = end + 2;
    switch (name) {
      case 'content-length':
        if (length >= 0 || !/^\d{1,15}$/.test(value)) return undefined;
        length = Number(value);
        break;
      case 'transfer-encoding':
        if (coding || value.toLowerCase() !== 'chunked') return undefined;
        coding = true;
        break;
      case 'connection':
        if (/(?:^|[,\s])close(?:$|[,\s])/i.test(value)) isLast = true;
        break;
    }
    headers.push(name, value);
  }
  if (coding && length >= 0) return undefined;
  if (hasNoBody || status === 204 || status === 304 || status < 200)
    return coding && status === 204 ? undefined : { status, headers, body: 0, isLast };
  if (coding) return { status, headers, body: CHUNKED, isLast };
  if (length >= 0) return { status, headers, body: length, isLast };
  return { status, headers, body: UNTIL_CLOSE, isLast: true };
}
