// Which ids does a request carry from the edge on, and which of them come back?
import type { Headers, Runtime } from '../runtime/index.ts';
import { childTraceparent, safeId } from '../telemetry/index.ts';

export interface RequestIds {
  readonly requestId: string;
  readonly correlationId: string;
  readonly traceparent: string;
}

/** The caller's ids where they are safe, new ones elsewhere. Without a correlation, this begins one. */
export function requestIds(runtime: Runtime, headers: Headers): RequestIds {
  const requestId = safeId(runtime, headers['x-request-id']);
  const given = headers['x-correlation-id'];
  return {
    requestId,
    correlationId: given === undefined ? requestId : safeId(runtime, given),
    traceparent: childTraceparent(runtime, headers.traceparent),
  };
}
