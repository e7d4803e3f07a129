// Which header lines does a service get of a request, and a client of an answer?
import type { Exchange } from './exchange.ts';
import { HOP_BY_HOP } from './header-names.ts';
import type { RouteToService } from './routed-service.ts';

/** RFC 9110, 7.6.3. */
export const VIA = '1.1 offshoot';

/** Name, value, … for the service: what may go on of the client's, and what the gateway knows itself. */
export function requestLines(
  { head, remoteAddress, requestId, traceparent }: Exchange,
  host: string,
  { changeOrigin, scheme }: RouteToService,
): string[] {
  const { forwarded, host: asked } = head;
  const lines = ['host', changeOrigin || asked === undefined ? host : asked];
  for (let at = 0; at < forwarded.length; at += 1) lines.push(forwarded[at]!);
  if (head.authorization !== undefined) lines.push('authorization', head.authorization);
  lines.push('x-forwarded-for', remoteAddress, 'x-forwarded-proto', scheme);
  if (asked !== undefined) lines.push('x-forwarded-host', asked);
  if (requestId !== '') lines.push('x-request-id', requestId);
  if (traceparent !== '') lines.push('traceparent', traceparent);
  lines.push('via', VIA);
  return lines;
}

/** Adds the service's lines, without hop-by-hop ones, to `kept`; returns its content-length, or -1. */
export function replyLines(headers: readonly string[], kept: string[]): number {
  let length = -1;
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at]!;
    if (name === 'content-length') length = Number(headers[at + 1]);
    else if (HOP_BY_HOP.has(name)) continue;
    kept.push(name, headers[at + 1]!);
  }
  return length;
}
