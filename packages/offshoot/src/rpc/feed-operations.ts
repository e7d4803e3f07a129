// How do consumers in other processes read a service's feed? By calls, like everything else.
import { OffshootError } from '../error/index.ts';
import { type Feed, type FeedPage, PAGE_EVENTS_MAX, positionOf } from '../messaging/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { isAfter, type Position, type Store } from '../store/index.ts';
import type { Call } from './call.ts';
import type { Callee } from './in-process.ts';

/** Operations that every service of a process answers: no contract can have such a name. */
export const FEED_OPERATIONS = {
  page: 'offshoot.page',
  at: 'offshoot.at',
  head: 'offshoot.head',
} as const;

export interface PageInput {
  readonly after: Position;
  readonly limit: number;
  /** How long to wait for something after `after`, milliseconds. @default 0 */
  readonly waitMs?: number;
}

export interface FeedOperationsOptions {
  readonly runtime: Runtime;
  readonly store: Pick<Store, 'onDurable'>;
  readonly feed: Feed;
}

/** JSON characters of the events of one page; it has one event at least. */
const PAGE_LENGTH_MAX = 2_000_000;
const WAIT_MS_MAX = 30_000;
/** Kept back of the caller's time for the answer itself. */
const RESERVE_MS = 250;
/** Who waits for news at once; the next one is answered without waiting. */
const WAITING_MAX = 1_000;

/**
 * A callee that also answers for the service's feed. Only services may ask; a page is bounded in
 * events and characters, and waits for news if it is asked to.
 */
export function withFeed(callee: Callee, { runtime, store, feed }: FeedOperationsOptions): Callee {
  let waiting = 0;

  const news = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        waiting -= 1;
        cancel();
        forget();
        signal?.removeEventListener('abort', end);
        resolve();
      };
      waiting += 1;
      const cancel = runtime.after(ms, end);
      const forget = store.onDurable(end);
      signal?.addEventListener('abort', end, { once: true });
    });

  const page = async ({ input, headers, signal }: Call): Promise<FeedPage> => {
    const { after, limit, waitMs = 0 } = input as PageInput;
    if (!isPosition(after) || !(limit >= 1)) throw malformed();
    const end =
      runtime.monotonic() + Math.min(waitMs, WAIT_MS_MAX, headers.deadlineMs - RESERVE_MS);
    for (;;) {
      const read = await feed.page(after, Math.min(limit, PAGE_EVENTS_MAX));
      const leftMs = end - runtime.monotonic();
      const isNews = isAfter(read.upto, after) || isAfter(after, read.upto);
      if (isNews || leftMs <= 0 || signal?.aborted || waiting >= WAITING_MAX) return bounded(read);
      await news(leftMs, signal);
    }
  };

  const answers: Readonly<Record<string, (call: Call) => Promise<unknown>>> = {
    [FEED_OPERATIONS.page]: page,
    [FEED_OPERATIONS.head]: () => feed.head(),
    async [FEED_OPERATIONS.at]({ input }) {
      if (!isPosition(input)) throw malformed();
      return (await feed.at(input)) ?? null;
    },
  };

  return (call) => {
    const answer = Object.hasOwn(answers, call.operation) ? answers[call.operation] : undefined;
    if (!answer) return callee(call);
    if (call.principal.kind !== 'service')
      return Promise.reject(new OffshootError('FORBIDDEN', 'a feed is read by services alone'));
    return answer(call).then((value) => ({ kind: 'output', value, after: '' }));
  };
}

const malformed = () => new OffshootError('VALIDATION_FAILED', 'a feed is asked by position');

export function isPosition(value: unknown): value is Position {
  const { epoch, seq } = (value ?? {}) as Partial<Position>;
  return Number.isSafeInteger(epoch) && Number.isSafeInteger(seq);
}

/** What does not fit is left to the next page. */
function bounded(page: FeedPage): FeedPage {
  let length = 0;
  for (const [index, event] of page.events.entries()) {
    length += JSON.stringify(event).length;
    if (length <= PAGE_LENGTH_MAX || index === 0) continue;
    const events = page.events.slice(0, index);
    return { ...page, events, upto: positionOf(events[index - 1]!) };
  }
  return page;
}
