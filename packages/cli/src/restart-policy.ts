// After a process died: start it again, when, and when no more?

export interface Death {
  /** Milliseconds on a clock that only grows. */
  readonly at: number;
  readonly wasReady: boolean;
}

export type Verdict = { readonly restartInMs: number } | { readonly giveUp: string };

const WINDOW_MS = 60_000;
const DEATHS_MAX = 20;
const UNREADY_MAX = 5;
const BACKOFF_MS = 100;

/**
 * Gives up after more than 20 deaths in 60 s, or 5 in a row before it was ready. A process that
 * was ready comes back at once: it was killed, or met a rare mistake. Others wait 100 ms, doubling.
 */
export function restartPolicy(): (death: Death) => Verdict {
  let recent: number[] = [];
  let unready = 0;
  return ({ at, wasReady }) => {
    recent = [...recent.filter((one) => at - one < WINDOW_MS), at];
    unready = wasReady ? 0 : unready + 1;
    if (unready >= UNREADY_MAX) return { giveUp: `it died ${unready} times before it was ready` };
    if (recent.length > DEATHS_MAX) return { giveUp: `it died ${recent.length} times in a minute` };
    return { restartInMs: unready === 0 ? 0 : BACKOFF_MS * 2 ** (unready - 1) };
  };
}
