// How does a host tell whether it lives, is ready, has started? In each asker's own word.
import type { HttpHandler } from '../runtime/index.ts';

export type HealthStatus = 'pass' | 'warn' | 'fail';

/** One look at one thing. */
export interface HealthEntry {
  readonly status: HealthStatus;
  readonly componentType: string;
  readonly observedValue?: number | string;
  readonly observedUnit?: string;
  readonly output?: string;
  readonly time: string;
}

export interface HealthReport {
  readonly status: HealthStatus;
  readonly version?: string;
  readonly releaseId?: string;
  readonly serviceId?: string;
  readonly output?: string;
  /** By `component:measurement`. */
  readonly checks?: Readonly<Record<string, readonly HealthEntry[]>>;
}

export interface Health {
  /** Never asks a dependency. */
  live(): HealthReport;
  started(): HealthReport;
  /** Answers in bounded time. */
  ready(): Promise<HealthReport>;
}

type Words = Readonly<Record<HealthStatus, string>>;

const PLAIN: Words = { pass: 'pass', warn: 'warn', fail: 'fail' };
/** What monitors of the pages under /health look for. */
const UP_DOWN: Words = { pass: 'UP', warn: 'UP', fail: 'DOWN' };
const OK_DEGRADED: Words = { pass: 'ok', warn: 'ok', fail: 'degraded' };

const MEDIA_TYPE = 'application/health+json';

function page(words: Words, look: () => HealthReport | Promise<HealthReport>): HttpHandler {
  return async () => {
    const report = await look();
    return {
      status: report.status === 'fail' ? 503 : 200,
      headers: { 'content-type': MEDIA_TYPE },
      body: JSON.stringify({ ...report, status: words[report.status] }),
    };
  };
}

/** The pages of health by `METHOD /path`. A warning is 200: there is nothing to restart. */
export function healthPages(health: Health): Readonly<Record<string, HttpHandler>> {
  const live = () => health.live();
  const ready = () => health.ready();
  return {
    'GET /livez': page(PLAIN, live),
    'GET /readyz': page(PLAIN, ready),
    'GET /startupz': page(PLAIN, () => health.started()),
    'GET /health': page(UP_DOWN, ready),
    'GET /health/live': page(OK_DEGRADED, live),
    'GET /health/ready': page(OK_DEGRADED, ready),
  };
}
