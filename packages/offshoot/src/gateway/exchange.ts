// What does the edge know of one request while it answers it?
import type { Inbound, Runtime } from '../runtime/index.ts';
import { type RequestIds, requestIds } from './ids.ts';

export interface Exchange {
  readonly request: Inbound;
  readonly ids: RequestIds;
  readonly path: string;
  /** Without its `?`, not decoded. Never logged. */
  readonly query: string;
  readonly startedMs: number;
  /** Template of the route, once one is found: the only form of a path in logs and metrics. */
  route: string;
  /** Whether it is one of the host's own pages, which nobody wants to read of in the log. */
  isOwn: boolean;
  /** Header fields of the answer, whatever it will be: the caller's quota, notices. */
  readonly headers: Record<string, string>;
}

export const UNMATCHED = 'unmatched';

export function exchange(runtime: Runtime, request: Inbound): Exchange {
  const { target, headers } = request;
  const mark = target.indexOf('?');
  return {
    request,
    ids: requestIds(runtime, headers),
    path: mark === -1 ? target : target.slice(0, mark),
    query: mark === -1 ? '' : target.slice(mark + 1),
    startedMs: runtime.monotonic(),
    route: UNMATCHED,
    isOwn: false,
    headers: {},
  };
}
