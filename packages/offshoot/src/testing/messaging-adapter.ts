// What does a broker with its feed hand to the conformance suite of messaging?
import type { Broker, Feed } from '../messaging/index.ts';
import type { Store } from '../store/index.ts';
import type { ManualRuntime } from './manual-runtime.ts';

/** How pages travel and how the log is read, between a producer's store and a consumer. */
export interface MessagingAdapter {
  broker(runtime: ManualRuntime): Broker;
  feed(service: string, store: Store): Feed;
}
