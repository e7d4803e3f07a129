// Where do several processes count together? A port: Redis fills it, and memory for one process.
import type { Limiter, Quota, Verdict } from './quota.ts';

/**
 * One count that many share. A decision is one step that nobody can come between, by the store's
 * own clock: the clocks of those who ask need not agree.
 */
export interface LimitStore {
  /**
   * Counts one against the quota of `key`; what is refused is not counted. Rejects with UNAVAILABLE
   * or DEADLINE_EXCEEDED when nobody can say; then it may have been counted.
   */
  take(key: string, quota: Quota): Promise<Verdict>;
  /**
   * How many count here, this one among them: at least 1, and as last heard while the store is
   * away.
   */
  readonly sharers: number;
  /** Counts no more, and is no sharer. May be called again. */
  close(): Promise<void>;
}

/** Connections to one count in this process: what tests, and simulations of many gateways, use. */
export function embeddedLimitStore(counted: Limiter): () => LimitStore {
  const open = new Set<LimitStore>();
  return () => {
    const store: LimitStore = {
      take: async (key, quota) => counted.take(key, quota),
      get sharers() {
        return Math.max(1, open.size);
      },
      close: async () => void open.delete(store),
    };
    open.add(store);
    return store;
  };
}
