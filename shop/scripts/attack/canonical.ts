// Could two servers read what a gateway sent on differently?
import type { ReadRequest } from './strict-reader.ts';

/** Names that one server or another takes for these, when it is lazy about letters. */
const squeezed = (name: string) => name.toLowerCase().replace(/[^a-z]/g, '');
const FRAMING = new Map([
  ['contentlength', 'content-length'],
  ['transferencoding', 'transfer-encoding'],
]);
/** They concern one connection alone: what of them goes on was forgotten on the way. */
const OF_ONE_CONNECTION = new Set([
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'http2-settings',
  'proxy-authorization',
]);

/**
 * What of a request that came out of a gateway could be read in two ways, or should have stayed
 * with the connection it came by; undefined when every server reads it alike. `raw` is the request
 * as it was sent.
 */
export function ambiguityOf(request: ReadRequest, raw: string): string | undefined {
  const seen = new Set<string>();
  for (const { name, value } of request.headers) {
    const lower = name.toLowerCase();
    const meant = FRAMING.get(squeezed(name));
    if (meant !== undefined && meant !== lower) return `a header named ${name}`;
    if (meant !== undefined && seen.has('framed')) return 'two lengths';
    if (meant !== undefined) seen.add('framed');
    if (lower === 'content-length' && !/^(0|[1-9]\d*)$/.test(value)) return `a length of ${value}`;
    if (lower === 'transfer-encoding' && value !== 'chunked') return `a coding of ${value}`;
    if (lower === 'host' && seen.has(lower)) return 'two hosts';
    if (OF_ONE_CONNECTION.has(lower)) return `${lower}, which concerns one connection alone`;
    seen.add(lower);
  }
  if (request.version !== '1.1') return `version ${request.version}`;
  if (request.hasTrailers) return 'trailers';
  if (request.objection) return request.objection;
  const end = raw.indexOf('\r\n\r\n');
  if (request.framing === 'chunked' && /^[\da-fA-F]+;/m.test(raw.slice(end + 4, end + 40)))
    return 'a chunk extension';
  return undefined;
}
