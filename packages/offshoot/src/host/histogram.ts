// How are durations counted by bucket, so that counting one costs no look-up of its labels?
import type { Labels } from '../telemetry/index.ts';

interface Series {
  readonly labels: Labels;
  /** One more than there are bounds: the last is beyond all of them. */
  readonly counts: Float64Array;
  sum: number;
}

interface Sample {
  readonly metricName: string;
  readonly labels: Record<string, string | number>;
  readonly value: number;
}

/** A metric of a `prom-client` registry, which asks `get` for what it shows. */
export interface Histogram {
  readonly name: string;
  get(): { name: string; help: string; type: 'histogram'; aggregator: 'sum'; values: Sample[] };
  reset(): void;
  /** Counts values of one series. The same labels are the same series. */
  series(labels: Labels): (value: number) => void;
}

/** `bounds` are the upper ends of the buckets, from small to large. */
export function histogram(name: string, help: string, bounds: readonly number[]): Histogram {
  const all = new Map<string, Series>();

  const find = (labels: Labels): Series => {
    const key = Object.keys(labels)
      .sort()
      .map((one) => `${one}\u0000${labels[one]}`)
      .join('\u0001');
    const known = all.get(key);
    if (known) return known;
    const made = { labels, counts: new Float64Array(bounds.length + 1), sum: 0 };
    all.set(key, made);
    return made;
  };

  const shown = ({ labels, counts, sum }: Series): Sample[] => {
    let total = 0;
    const buckets = [...bounds, '+Inf'].map((le, at) => {
      total += counts[at]!;
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: total };
    });
    const sums = { metricName: `${name}_sum`, labels, value: sum };
    return [...buckets, sums, { metricName: `${name}_count`, labels, value: total }];
  };

  return {
    name,
    get: () => ({
      ...{ name, help, type: 'histogram', aggregator: 'sum' },
      values: [...all.values()].flatMap(shown),
    }),
    reset: () => all.clear(),
    series(labels) {
      const series = find(labels);
      return (value) => {
        let at = 0;
        while (at < bounds.length && value > bounds[at]!) at += 1;
        series.counts[at]! += 1;
        series.sum += value;
      };
    },
  };
}
