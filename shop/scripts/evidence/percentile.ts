// Below which value do so many of the measurements lie?

/** The nearest-rank percentile, rounded to a tenth; 0 of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) return 0;
  const sorted = Float64Array.from(values).sort();
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length));
  return Math.round((sorted[rank - 1] ?? 0) * 10) / 10;
}

/** The middle, and where one in a hundred begins. */
export const p50AndP99 = (values: readonly number[]) => ({
  p50: percentile(values, 50),
  p99: percentile(values, 99),
});
