// How is a request followed through what it causes, without a cost for those nobody looks at?
import type { Runtime } from '../../runtime/index.ts';
import type { PolicyKind } from '../policy.ts';
import { flag, options } from './options.ts';

export interface TraceOptions {
  /** The share of requests whose spans are kept, 0 to 1. @default 0.01 */
  readonly sampled?: number;
  /** Whether a trace that the client began is gone on with. @default true */
  readonly keep?: boolean;
}

const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const TRACE_CHARS = 32;
const SPAN_CHARS = 16;
const POOL_BYTES = 4_096;

/** Random hex digits, fetched in bulk. */
function digits(runtime: Runtime): (chars: number) => string {
  let pool = '';
  let at = 0;
  return (chars) => {
    if (at + chars > pool.length) {
      pool = Buffer.from(runtime.randomBytes(POOL_BYTES)).toString('hex');
      at = 0;
    }
    at += chars;
    return pool.slice(at - chars, at);
  };
}

/**
 * W3C trace context: each request is a span of the client's trace, or begins one. Whether it is
 * sampled is decided here: strangers cannot have all of theirs kept.
 */
export const trace: PolicyKind<TraceOptions> = {
  name: 'trace',
  description: 'Passes W3C trace context on and keeps the spans of a share of the requests.',
  options: options({ sampled: { type: 'number', minimum: 0, maximum: 1 }, keep: flag }),
  make({ sampled = 0.01, keep = true }, { runtime, tracer, route }) {
    const hex = digits(runtime);
    return {
      name: 'trace',
      onRequest(exchange) {
        const given = exchange.head.traceparent;
        const isKept = keep && given !== undefined && TRACEPARENT.test(given);
        const trace = isKept ? given.slice(3, 3 + TRACE_CHARS) : hex(TRACE_CHARS);
        const flags = runtime.random() < sampled ? '01' : '00';
        exchange.traceparent = `00-${trace}-${hex(SPAN_CHARS)}-${flags}`;
      },
      onEnd(exchange) {
        const { traceparent, status, startedMs } = exchange;
        if (!tracer.on || !traceparent.endsWith('1')) return;
        const ms = runtime.monotonic() - startedMs;
        tracer.record({
          ...{ name: `${exchange.method} ${route}`, service: 'gateway', traceparent },
          ...{ parent: exchange.head.traceparent ?? '', correlation: exchange.requestId },
          ...{ at: runtime.now() - ms, ms, outcome: status < 400 ? 'ok' : String(status) },
          attributes: { requestId: exchange.requestId, status },
        });
      },
    };
  },
};
