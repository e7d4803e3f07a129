// Who carries new events from a producer to its consumers? A port; pushes only save time.
import type { FeedPage } from './feed.ts';

/**
 * Carries pages at most as well as it can: it may drop, repeat, delay and reorder them. What is
 * guaranteed is guaranteed by the consumer's sweep of the feed and its inbox.
 */
export interface Broker {
  publish(page: FeedPage): void;
  /** `receive` takes ownership of nothing: the page is shared and must not be changed. */
  subscribe(service: string, receive: (page: FeedPage) => void): () => void;
}

/** Delivers in this process, in the turn of the publisher. */
export function embeddedBroker(): Broker {
  const receivers = new Map<string, Set<(page: FeedPage) => void>>();
  return {
    publish(page) {
      for (const receive of receivers.get(page.service) ?? []) receive(page);
    },
    subscribe(service, receive) {
      const all = receivers.get(service) ?? new Set();
      receivers.set(service, all.add(receive));
      return () => all.delete(receive);
    },
  };
}
