// How fast is one contender for a few seconds, and in the middle of several rounds?
import type { Contender, Opened, Round } from './contender.ts';

const WARM_SHARE = 0.25;
/** Seconds in which one piece of work begins, and no second one. */
const ONCE = 0.1;

/** Works for `seconds` with so many pieces in flight, after warming up for a quarter of it. */
export async function round(
  contender: Contender,
  inFlight: number,
  seconds: number,
): Promise<Round | { readonly missing: string }> {
  const opened = await contender.open();
  if ('missing' in opened) return opened;
  try {
    if (opened.measure) return await opened.measure(seconds, inFlight);
    const warm = opened.once ? 0 : seconds * WARM_SHARE;
    const before = await work(opened, inFlight, warm, 0);
    const measured = await work(opened, inFlight, opened.once ? ONCE : seconds, before.runs);
    await opened.check?.(before.runs + measured.runs);
    const latencies = Float64Array.from(measured.latencies).sort();
    const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? 0;
    const perSecond = (measured.runs * (opened.each ?? 1)) / measured.seconds;
    return { perSecond, p50Ms: at(0.5), p99Ms: at(0.99) };
  } finally {
    await opened.close();
  }
}

async function work(opened: Opened, inFlight: number, seconds: number, first: number) {
  const begin = performance.now();
  const end = begin + seconds * 1_000;
  const latencies: number[] = [];
  let next = first;
  const worker = async () => {
    for (let now = performance.now(); now < end; ) {
      const ms = await opened.run(next++);
      const done = performance.now();
      latencies.push(typeof ms === 'number' ? ms : done - now);
      now = done;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return { runs: next - first, latencies, seconds: (performance.now() - begin) / 1_000 };
}

/** The middle value; of an even count the lower of the two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}
