// How many requests does each route answer, how, and how fast?
import type { PolicyKind } from '../policy.ts';
import { options } from './options.ts';

/** `http_request_duration_seconds` by method, route and status: what the rest of the toolkit shows. */
export const metrics: PolicyKind<object> = {
  name: 'metrics',
  description: 'Measures each request: http_request_duration_seconds by method, route and status.',
  options: options({}),
  make(_, { runtime, metrics: sink, route }) {
    const takers = new Map<string, Map<number, (seconds: number) => void>>();
    const takerOf = (method: string, status: number): ((seconds: number) => void) => {
      const byStatus = takers.get(method) ?? new Map<number, (seconds: number) => void>();
      takers.set(method, byStatus);
      const known = byStatus.get(status);
      if (known) return known;
      const labels = { method, route, status_code: String(status) };
      const name = 'http_request_duration_seconds';
      const made =
        sink.observer?.(name, labels) ?? ((seconds) => sink.observe(name, seconds, labels));
      byStatus.set(status, made);
      return made;
    };
    return {
      name: 'metrics',
      onEnd: ({ method, status, startedMs }) =>
        takerOf(method, status)((runtime.monotonic() - startedMs) / 1_000),
    };
  },
};
