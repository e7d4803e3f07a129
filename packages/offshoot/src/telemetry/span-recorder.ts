// Which spans of late does this process remember?
import { traceIdOf } from './correlation.ts';
import type { Span, Tracer } from './tracer.ts';

export interface SpanRecorder extends Tracer {
  /** The spans of one trace, or of one correlation id, in the order in which they began. */
  find(id: string): Span[];
  /** Spans that had to make room. */
  readonly dropped: number;
}

export const SPANS_MAX = 20_000;

/** Keeps the last `max` spans in memory: the oldest makes room, and is counted. */
export function spanRecorder(max = SPANS_MAX): SpanRecorder {
  const ring: Span[] = [];
  let next = 0;
  let dropped = 0;
  return {
    on: true,
    record(span) {
      if (ring.length < max) {
        ring.push(span);
        return;
      }
      ring[next] = span;
      next = (next + 1) % max;
      dropped += 1;
    },
    find: (id) =>
      ring
        .filter((span) => traceIdOf(span.traceparent) === id || span.correlation === id)
        .sort((a, b) => a.at - b.at),
    get dropped() {
      return dropped;
    },
  };
}
