// After a process died: start it again, when, and when no more?

export interface Death {
  /** Milliseconds on a clock that only grows. */
  readonly at: number;
  readonly livedMs: number;
  readonly wasReady: boolean;
}

export type Verdict = { readonly restartInMs: number } | { readonly giveUp: string };

const WINDOW_MS = 60_000;
const DEATHS_MAX = 20;
const UNREADY_MAX = 5;
/** Who lived this long is started again at once. */
const HEALTHY_MS = 1_000;
const BACKOFF_MS = 100;
const BACKOFF_MS_MAX = 5_000;

/**
 * Gives up after 20 deaths in 60 s, or 5 in a row before it was ready. A process that served for a
 * second comes back at once, others wait 100 ms, doubling up to 5 s.
 */
export function restartPolicy(): (death: Death) => Verdict {
  let recent: number[] = [];
  let unready = 0;
  let hasty = 0;
  return ({ at, livedMs, wasReady }) => {
    recent = [...recent.filter((one) => at - one < WINDOW_MS), at];
    unready = wasReady ? 0 : unready + 1;
    hasty = wasReady && livedMs >= HEALTHY_MS ? 0 : hasty + 1;
    if (unready >= UNREADY_MAX) return { giveUp: `it died ${unready} times before it was ready` };
    if (recent.length > DEATHS_MAX) return { giveUp: `it died ${recent.length} times in a minute` };
    const backoff = hasty === 0 ? 0 : BACKOFF_MS * 2 ** (hasty - 1);
    return { restartInMs: Math.min(BACKOFF_MS_MAX, backoff) };
  };
}
