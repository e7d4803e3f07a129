// How do new events of another process reach the consumers of this one without their asking?
import type { Broker } from '../messaging/index.ts';
import { PAGE_EVENTS_MAX } from '../messaging/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { isAfter, type Position } from '../store/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { FollowedFeed } from './call-feed.ts';

export interface FeedFollowerOptions {
  readonly runtime: Runtime;
  readonly feed: FollowedFeed;
  /** Where this process's consumers listen. */
  readonly broker: Broker;
  readonly service: string;
  readonly logger: Logger;
}

const WAIT_MS = 20_000;
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 5_000;

/**
 * Follows a feed from its head and publishes what comes, one question at a time. It only saves
 * time: what it misses while the other process is away, the consumers' sweeps find. Returns what
 * ends it.
 */
export function followFeed(options: FeedFollowerOptions): () => void {
  const { runtime, feed, broker, service, logger } = options;
  const ending = new AbortController();
  const { signal } = ending;
  let cursor: Position | undefined;
  let pauseMs = PAUSE_MS_MIN;

  const step = async (): Promise<void> => {
    cursor ??= await feed.head();
    const page = await feed.news(cursor, PAGE_EVENTS_MAX, { waitMs: WAIT_MS, signal });
    pauseMs = PAUSE_MS_MIN;
    // Below: the producer's history is another one now, which is for the consumers to judge.
    const isMoved = isAfter(page.upto, cursor) || isAfter(cursor, page.upto);
    if (isMoved && !signal.aborted) broker.publish(page);
    cursor = page.upto;
  };

  const paused = async (error: unknown): Promise<void> => {
    if (signal.aborted) return;
    logger.info('events are not pushed now', { from: service, error: String(error) });
    await runtime.sleep(pauseMs, signal).catch(() => {});
    pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX);
  };

  const run = async (): Promise<void> => {
    while (!signal.aborted) await step().catch(paused);
  };
  void run();
  return () => ending.abort();
}
