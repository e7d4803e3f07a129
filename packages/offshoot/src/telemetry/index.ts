// The public names of offshoot/telemetry.
export {
  type Correlation,
  childTraceparent,
  newTraceparent,
  safeId,
  traceIdOf,
} from './correlation.ts';
export { type Fields, type Logger, SILENT } from './logger.ts';
export { type Labels, type Metrics, UNMEASURED } from './metrics.ts';
export { SPANS_MAX, type SpanRecorder, spanRecorder } from './span-recorder.ts';
export {
  inSpan,
  type OpenSpan,
  openSpan,
  type Span,
  type Traced,
  type Tracer,
  UNTRACED,
} from './tracer.ts';
