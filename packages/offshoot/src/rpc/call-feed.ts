// How does a consumer read the feed of a service in another process?
import { OffshootError } from '../error/index.ts';
import type { Envelope, Feed, FeedPage } from '../messaging/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { Principal } from '../security/index.ts';
import type { Position } from '../store/index.ts';
import type { Transport } from './call.ts';
import { FEED_OPERATIONS, isPosition, type PageInput } from './feed-operations.ts';

export interface CallFeedOptions {
  readonly runtime: Pick<Runtime, 'id'>;
  /** The producer. */
  readonly service: string;
  readonly transport: Transport;
  /** The consuming service. */
  readonly principal: Principal;
}

export interface FollowedFeed extends Feed {
  /** A page as `page` has it; while there is nothing after `after`, waits up to `waitMs` for it. */
  news(after: Position, limit: number, wait: Wait): Promise<FeedPage>;
}

export interface Wait {
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

const DEADLINE_MS = 5_000;

/** The feed of a service behind a transport. Rejects with availability errors; ask again later. */
export function callFeed({
  runtime,
  service,
  transport,
  principal,
}: CallFeedOptions): FollowedFeed {
  const ask = async (operation: string, input: unknown, wait?: Wait): Promise<any> => {
    const id = runtime.id();
    const reply = await transport({
      ...{ service, operation, input, principal, signal: wait?.signal, repeatable: true },
      headers: {
        deadlineMs: DEADLINE_MS + (wait?.waitMs ?? 0),
        ...{ correlationId: id, causationId: id, traceparent: '' },
      },
    });
    if (reply.kind === 'error') throw OffshootError.from(reply.error);
    if (reply.kind === 'output') return reply.value;
    throw strange(service);
  };
  const page = async (input: PageInput, wait?: Wait): Promise<FeedPage> => {
    const read = await ask(FEED_OPERATIONS.page, input, wait);
    const isPage = read?.service === service && isPosition(read.upto) && Array.isArray(read.events);
    if (!isPage || !Array.isArray(read.epochs)) throw strange(service);
    return read;
  };
  return {
    page: (after, limit) => page({ after, limit }),
    news: (after, limit, wait) => page({ after, limit, waitMs: wait.waitMs }, wait),
    at: async (position) => ((await ask(FEED_OPERATIONS.at, position)) ?? undefined) as Envelope,
    async head() {
      const head = await ask(FEED_OPERATIONS.head, null);
      if (isPosition(head)) return head;
      throw strange(service);
    },
  };
}

const strange = (service: string) =>
  new OffshootError('BAD_UPSTREAM', `${service} answered something that is no feed`);
