// How are the rows that everybody reads kept up to date, and how do they stand still?
import {
  type Consumer,
  type ConsumerContext,
  consumer,
  type Feed,
  floors,
} from '../messaging/index.ts';
import { one, runUnit, type Store } from '../store/index.ts';
import { type Build, buildName } from './place.ts';
import { type Projection, subscriptionOf } from './projection.ts';
import { rowScope, rowStore } from './scope.ts';

/** What the service gives: its own store, not the one that shows live rows. */
export interface ProjectionContext extends Omit<ConsumerContext, 'feed'> {
  feed(service: string): Feed;
}

export interface LiveRows {
  /** Starts the consumers of a build. */
  follow(code: Projection, build: Build): Promise<void>;
  /** From here on they change no more; resolves when all that was shown of them is durable. */
  freeze(): Promise<void>;
  /** Ends the consumers; nothing more is staged. */
  close(): void;
  readonly consumers: readonly Consumer[];
}

/** So many positions behind, rows are first brought near by a builder, then followed. */
const FAR = 10_000;

/** The live rows of one projection. */
export function liveRows(context: ProjectionContext): LiveRows {
  const { store } = context;
  let consumers: readonly Consumer[] = [];
  let close = (): void => {};
  return {
    async follow(code, build) {
      let isOpen = true;
      const own: Store = rowStore(store, rowScope(code, build.slot), () => isOpen);
      const name = buildName(code.name, build);
      const made = code.sources.map((from) =>
        consumer(subscriptionOf(code, name, from), {
          ...context,
          ...{ store: own, feed: context.feed(from) },
        }),
      );
      consumers = made;
      close = () => {
        isOpen = false;
        consumers = [];
        for (const running of made) running.stop();
      };
      for (const running of made) await running.start();
    },
    async freeze() {
      close();
      await store.settled().catch(() => {}); // what a failed flush took back was never shown
    },
    close: () => close(),
    get consumers() {
      return consumers;
    },
  };
}

/** Whether rows are so far behind logs of this process that a builder is much faster. */
export async function isFar(
  code: Projection,
  build: Build,
  context: ProjectionContext,
): Promise<boolean> {
  for (const from of code.sources) {
    const feed = context.feed(from);
    if (!feed.facts) continue;
    const { name } = subscriptionOf(code, buildName(code.name, build), from);
    const needs = () => ({ floor: one(floors, name) });
    const { value } = await runUnit(context, needs, ({ floor }) => ({ value: floor }));
    const head = await feed.head();
    if (head.seq - (value?.data.position.seq ?? 0) > FAR) return true;
  }
  return false;
}
