// What do the parts of a host share while it starts?
import type { Runtime } from '../runtime/index.ts';
import type { SpanRecorder } from '../telemetry/index.ts';
import type { EmbeddedStores } from './embedded-stores.ts';
import type { InFlight } from './in-flight.ts';
import type { FileLogger } from './pino-logger.ts';
import type { PrometheusMetrics } from './prometheus-metrics.ts';
import type { Settings } from './settings.ts';

export interface HostParts {
  readonly runtime: Runtime;
  readonly settings: Settings;
  readonly logger: FileLogger;
  readonly metrics: PrometheusMetrics;
  readonly tracer: SpanRecorder;
  readonly flights: InFlight;
  readonly embedded: EmbeddedStores;
}
