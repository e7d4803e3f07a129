// Does every event have its effect once, in order per key, whatever the way there does to it?
import type { Check } from './check.ts';
import type { MessagingAdapter } from './messaging-adapter.ts';
import { deliveryChecks } from './messaging-conformance/delivery.ts';
import { retryChecks } from './messaging-conformance/retry.ts';

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
