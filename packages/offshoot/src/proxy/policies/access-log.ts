// What does the log keep of a request? The route and ids, nothing a person wrote.
import type { PolicyKind } from '../policy.ts';
import { options } from './options.ts';

const MESSAGE_LENGTH_MAX = 300;

/** One line for each exchange, aborted ones too; a warning where a service failed. */
export const accessLog: PolicyKind<object> = {
  name: 'accessLog',
  description: 'Writes one line of JSON for each request.',
  options: options({}),
  make: (_, { runtime, logger, route }) => ({
    name: 'accessLog',
    onEnd(exchange) {
      const { method, status, outcome, attempts, bytesSent, requestId, error, startedMs } =
        exchange;
      const ms = Math.round((runtime.monotonic() - startedMs) * 100) / 100;
      const traceId = exchange.traceparent.slice(3, 35);
      const instance = exchange.endpoint?.instance.id;
      const fields = {
        method,
        route,
        status,
        outcome,
        ms,
        attempts,
        bytesSent,
        instance,
        requestId,
        traceId,
      };
      if (error === undefined || status < 500) logger.info('request', fields);
      else {
        const message = error.message.slice(0, MESSAGE_LENGTH_MAX);
        logger.warn('request failed', { ...fields, code: error.code, reason: message });
      }
    },
  }),
};
