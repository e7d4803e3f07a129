// Does every event have its effect once, in order per key, whatever the way there does to it?
import type { Broker, Feed } from '../messaging/index.ts';
import type { Store } from '../store/index.ts';
import type { Check } from './check.ts';
import type { ManualRuntime } from './manual-runtime.ts';
import { deliveryChecks } from './messaging-conformance/delivery.ts';
import { retryChecks } from './messaging-conformance/retry.ts';

/** How pages travel and how the log is read, between a producer's store and a consumer. */
export interface MessagingAdapter {
  broker(runtime: ManualRuntime): Broker;
  feed(service: string, store: Store): Feed;
}

/**
 * The checks of a broker and a feed, driven through a real consumer on a real store. No check
 * waits for real time.
 *
 * @example
 * const checks = messagingConformance('embedded', { broker: embeddedBroker, feed: storeFeed });
 * for (const { name, run } of checks) test(name, run);
 */
export function messagingConformance(name: string, adapter: MessagingAdapter): Check[] {
  return [...deliveryChecks(adapter), ...retryChecks(adapter)].map((check) => ({
    ...check,
    name: `${name}: ${check.name}`,
  }));
}
