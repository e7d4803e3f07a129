// Does every event have its effect once, in order per key, whatever the way there does to it?
import type { Check } from './check.ts';
import type { MessagingAdapter } from './messaging-adapter.ts';
import { deadLetterChecks } from './messaging-conformance/dead-letters.ts';
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
  const checks = [deliveryChecks, retryChecks, deadLetterChecks];
  return checks
    .flatMap((of) => of(adapter))
    .map((check) => ({
      ...check,
      name: `${name}: ${check.name}`,
    }));
}
