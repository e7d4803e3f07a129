// Which ids follow a request through everything it causes?
import type { Runtime } from '../runtime/index.ts';

export interface Correlation {
  /** The same for a whole business process, in every line, call and event. */
  readonly correlationId: string;
  /** What directly caused this: a request id or an event id. */
  readonly causationId: string;
  /** W3C trace context. */
  readonly traceparent: string;
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const SAFE_ID = /^[\w\-.:/]{1,128}$/;
const hex = (runtime: Runtime, bytes: number) =>
  Buffer.from(runtime.randomBytes(bytes)).toString('hex');

/** A new root trace. */
export function newTraceparent(runtime: Runtime): string {
  return `00-${hex(runtime, 16)}-${hex(runtime, 8)}-01`;
}

/** The same trace with a new span id; a new root when `parent` is no traceparent. */
export function childTraceparent(runtime: Runtime, parent: string | undefined): string {
  if (!parent || !TRACEPARENT.test(parent)) return newTraceparent(runtime);
  return `${parent.slice(0, 36)}${hex(runtime, 8)}${parent.slice(52)}`;
}

export const traceIdOf = (traceparent: string) => traceparent.slice(3, 35);

/** `given` when it is at most 128 safe characters (no line break can get into a log), else a new id. */
export function safeId(runtime: Runtime, given: string | undefined): string {
  return given !== undefined && SAFE_ID.test(given) ? given : runtime.id();
}
