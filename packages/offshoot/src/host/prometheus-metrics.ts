// How do the numbers of a process become what Prometheus reads?
import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import type { Labels, Metrics } from '../telemetry/index.ts';
import { histogram } from './histogram.ts';

export interface PrometheusMetrics extends Required<Metrics> {
  /** The exposition format, version 0.0.4. */
  text(): Promise<string>;
  /** Stops watching the process. */
  close(): void;
}

const METRICS_MAX = 500;
const SERIES_PER_METRIC_MAX = 1_000;
const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const DROPPED = 'offshoot_metrics_dropped_total';
const NAME = /^[a-z_][a-z0-9_]*$/i;

type Kind = 'counter' | 'gauge' | 'histogram';

/** One metric: takes a value for one set of labels. */
interface Instrument {
  readonly kind: Kind;
  readonly labelNames: string;
  readonly series: Set<string>;
  take(labels: Labels, value: number): void;
  /** Of histograms: takes values for one set of labels. */
  readonly taker?: (labels: Labels) => (value: number) => void;
}

/**
 * A metric is made, with its label names, when it is first used. At most 500 metrics and 1,000
 * series each; what is over, or comes with other label names, is dropped and counted.
 */
export function prometheusMetrics(): PrometheusMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const dropped = new Counter({
    name: DROPPED,
    help: 'Values that fit no metric: too many series, or other labels than at first.',
    registers: [registry],
  });
  const instruments = new Map<string, Instrument>();

  const learn = (kind: Kind, name: string, labels: Labels): Instrument | undefined => {
    const isTaken = registry.getSingleMetric(name) !== undefined;
    if (instruments.size >= METRICS_MAX || isTaken || !NAME.test(name)) return undefined;
    const made = instrument(registry, kind, name, labels);
    instruments.set(name, made);
    return made;
  };

  const take = (kind: Kind, name: string, value: number, labels: Labels = {}): void => {
    const found = instruments.get(name) ?? learn(kind, name, labels);
    if (found?.kind === kind && found.labelNames === namesOf(labels) && fits(found, labels))
      found.take(labels, value);
    else dropped.inc();
  };

  return {
    count: (name, labels, by = 1) => take('counter', name, by, labels),
    gauge: (name, value, labels) => take('gauge', name, value, labels),
    observe: (name, seconds, labels) => take('histogram', name, seconds, labels),
    observer(name, labels) {
      const found = instruments.get(name) ?? learn('histogram', name, labels);
      const isFit = found?.taker && found.labelNames === namesOf(labels) && fits(found, labels);
      return isFit ? found.taker!(labels) : () => dropped.inc();
    },
    text: () => registry.metrics(),
    close: () => registry.clear(),
  };
}

const namesOf = (labels: Labels): string => Object.keys(labels).sort().join();

function fits({ series }: Instrument, labels: Labels): boolean {
  const key = Object.values(labels).join('\u0000');
  if (series.has(key)) return true;
  if (series.size >= SERIES_PER_METRIC_MAX) return false;
  series.add(key);
  return true;
}

function instrument(registry: Registry, kind: Kind, name: string, labels: Labels): Instrument {
  const labelNames = Object.keys(labels);
  const options = { name, help: name.replaceAll('_', ' '), labelNames, registers: [registry] };
  const base = { kind, labelNames: namesOf(labels), series: new Set<string>() };
  if (kind !== 'histogram') return { ...base, take: takerOf(kind, options) };
  const made = histogram(name, options.help, BUCKETS_SECONDS);
  // A registry asks what is registered for its name and its values, and for nothing else.
  registry.registerMetric(made as unknown as Metric);
  const taker = made.series;
  return { ...base, taker, take: (labels, value) => taker(labels)(value) };
}

interface Options {
  readonly name: string;
  readonly help: string;
  readonly labelNames: string[];
  readonly registers: Registry[];
}

function takerOf(kind: 'counter' | 'gauge', options: Options): Instrument['take'] {
  if (kind === 'counter') {
    const counter = new Counter(options);
    return (labels, value) => counter.inc(labels, value);
  }
  const gauge = new Gauge(options);
  return (labels, value) => gauge.set(labels, value);
}
