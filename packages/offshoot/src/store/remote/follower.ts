// How does a client hear that the log has grown, without asking again and again?
import type { Runtime } from '../../runtime/index.ts';
import type { Standing } from './standing.ts';
import type { Follow, Status, Wire } from './wire.ts';

export interface FollowerOptions {
  readonly runtime: Runtime;
  readonly wire: Wire;
  readonly standing: Standing;
  readonly identity: string;
}

/** How long the writer keeps a question that has no answer yet, and how long an answer may take. */
export const FOLLOW_MS = 20_000;
const GRACE_MS = 5_000;
const PAUSE_MS_MIN = 50;
const PAUSE_MS_MAX = 2_000;

/** Keeps one question open at the writer: it answers when there is news. Returns what ends it. */
export function follower({ runtime, wire, standing, identity }: FollowerOptions): () => void {
  const ending = new AbortController();
  let asking = new AbortController();

  const ask = async (): Promise<void> => {
    asking = new AbortController(); // one a question: a signal of all would collect listeners
    const { era, head, basis } = standing;
    const body: Follow = { store: identity, writer: basis.writer, head, waitMs: FOLLOW_MS };
    const timeoutMs = FOLLOW_MS + GRACE_MS;
    const { signal } = asking;
    const text = await wire({ verb: 'follow', body: JSON.stringify(body), timeoutMs, signal });
    if (!ending.signal.aborted) standing.hear(JSON.parse(text) as Status, era);
  };

  const run = async (): Promise<void> => {
    for (let lost = 0; !ending.signal.aborted; ) {
      try {
        await ask();
        lost = 0;
      } catch {
        // Whoever calls the store meanwhile is told; here it is only tried again.
        lost += 1;
        const ms = Math.min(PAUSE_MS_MIN * 2 ** Math.min(lost - 1, 10), PAUSE_MS_MAX);
        await runtime.sleep(ms, ending.signal).catch(() => {});
      }
    }
  };

  run().catch(() => {}); // never: all of it is caught
  return () => {
    ending.abort(new Error('the store was closed'));
    asking.abort(ending.signal.reason);
  };
}
