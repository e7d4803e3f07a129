// How are the figures of a run told to a person?
import type { TrafficFigures } from './tally.ts';

/** The lines of the report. */
export function reportOf(figures: TrafficFigures, concurrency: number): string[] {
  const { asked, acknowledged, unknown, failed, ended, kills } = figures;
  const { ordersPerSecond, latencyMs, endToEndMs, ends, surprises } = figures;
  const endings = Object.entries(ends).map(([status, count]) => `${count} ${status}`);
  return [
    `${asked} orders, ${concurrency} at a time, ${kills} kills`,
    `accepted   ${acknowledged}, ${unknown} unknown, ${failed} failed`,
    `ended      ${ended}: ${endings.join(', ') || 'none'}`,
    `speed      ${ordersPerSecond} orders/s from the first request to the last end`,
    `answer     p50 ${latencyMs.p50} ms, p99 ${latencyMs.p99} ms`,
    `end to end p50 ${endToEndMs.p50} ms, p99 ${endToEndMs.p99} ms`,
    ...surprises.map((line) => `surprise   ${line}`),
  ];
}
