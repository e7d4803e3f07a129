// What do log and metrics keep of a request? Route templates and ids, nothing a person wrote.
import { type OffshootError, problem } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { type Logger, type Metrics, type Tracer, traceIdOf, UNTRACED } from '../telemetry/index.ts';
import type { Exchange } from './exchange.ts';

export interface AccessLog {
  /** One line and one measurement for each answer. */
  answered(seen: Exchange, status: number): void;
  /** Says what a 5xx does not tell the caller. */
  failed(seen: Exchange, error: OffshootError): void;
}

const MESSAGE_LENGTH_MAX = 300;

export function accessLog(
  runtime: Runtime,
  logger: Logger,
  metrics: Metrics,
  tracer: Tracer = UNTRACED,
): AccessLog {
  return {
    answered({ request, ids, route, startedMs, isOwn }, status) {
      const { method } = request;
      const ms = runtime.monotonic() - startedMs;
      metrics.observe('http_request_duration_seconds', ms / 1_000, {
        method,
        route,
        status_code: String(status),
      });
      const fields = {
        method,
        route,
        status,
        ms: Math.round(ms * 100) / 100,
        requestId: ids.requestId,
        correlationId: ids.correlationId,
        traceId: traceIdOf(ids.traceparent),
      };
      if (isOwn) logger.debug('request', fields);
      else logger.info('request', fields);
      if (!isOwn && tracer.on)
        tracer.record({
          ...{ name: `${method} ${route}`, service: 'edge', traceparent: ids.traceparent },
          ...{ parent: request.headers.traceparent ?? '', correlation: ids.correlationId },
          ...{ at: runtime.now() - ms, ms, outcome: status < 400 ? 'ok' : String(status) },
          attributes: { requestId: ids.requestId, status },
        });
    },
    failed({ ids, route }, error) {
      const { status } = problem(error);
      if (status < 500) return;
      const { requestId, correlationId } = ids;
      const message = error.message.slice(0, MESSAGE_LENGTH_MAX);
      const fields = { code: error.code, message, route, requestId, correlationId };
      if (status === 500) logger.error('request failed', fields);
      else logger.warn('request failed', fields);
    },
  };
}
