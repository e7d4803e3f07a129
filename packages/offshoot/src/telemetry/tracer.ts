// What was done where, for how long, on behalf of what? A port: the host binds a recorder.
import { asOffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { childTraceparent } from './correlation.ts';
import type { Fields } from './logger.ts';

/** One piece of work that is over. Names are bounded sets; attributes carry no personal data. */
export interface Span {
  /** `GET /api/v1/orders/{id}`, `orders.place`, `mail on order.confirmed`. */
  readonly name: string;
  readonly service: string;
  /** Its own W3C trace context: trace and span id. */
  readonly traceparent: string;
  /** The work that caused it; '' for the first of a trace. */
  readonly parent: string;
  readonly correlation: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly ms: number;
  /** `ok`, the code of a refusal, or the code of an error. */
  readonly outcome: string;
  readonly attributes: Fields;
}

export interface Tracer {
  /** False: nobody looks, and spans cost nothing. */
  readonly on: boolean;
  record(span: Span): void;
}

export const UNTRACED: Tracer = { on: false, record() {} };

export interface Traced {
  readonly runtime: Runtime;
  readonly tracer?: Tracer;
  readonly service: string;
}

export interface OpenSpan {
  /** What goes along with everything that this work causes. */
  readonly traceparent: string;
  end(outcome: string): void;
}

/** Begins a span below `cause`. Without a tracer it is the cause itself that goes on. */
export function openSpan(
  { runtime, tracer = UNTRACED, service }: Traced,
  name: string,
  cause: { readonly traceparent: string; readonly correlation: string },
  attributes: Fields = {},
): OpenSpan {
  const { traceparent: parent, correlation } = cause;
  if (!tracer.on) return { traceparent: parent, end() {} };
  const traceparent = childTraceparent(runtime, parent);
  const at = runtime.now();
  const begin = runtime.monotonic();
  return {
    traceparent,
    end(outcome) {
      const ms = runtime.monotonic() - begin;
      const span = { name, service, traceparent, parent, correlation, at, ms, outcome, attributes };
      tracer.record(span);
    },
  };
}

/** Does `work` and ends its span: `ok`, or the code of what it throws on. */
export async function inSpan<T>(span: OpenSpan, work: () => Promise<T>): Promise<T> {
  try {
    const value = await work();
    span.end('ok');
    return value;
  } catch (error) {
    span.end(asOffshootError(error).code);
    throw error;
  }
}
