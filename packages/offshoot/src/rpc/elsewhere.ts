// How do the services of one process use those of others, once there is a way to each?
import { type Broker, embeddedBroker, type Feed } from '../messaging/index.ts';
import type { Protections } from '../resilience/index.ts';
import type { Runtime } from '../runtime/index.ts';
import { servicePrincipal } from '../security/index.ts';
import type { Logger, Metrics } from '../telemetry/index.ts';
import type { Transport } from './call.ts';
import { callFeed } from './call-feed.ts';
import { followFeed } from './feed-follower.ts';
import { protect } from './protect.ts';

export interface ElsewhereOptions {
  readonly runtime: Runtime;
  readonly logger: Logger;
  /** The way to each service that does not run here, by its name. */
  readonly ways: ReadonlyMap<string, Transport>;
  /** What answers a call to a service that has no way. */
  readonly nowhere: Transport;
  /** A service of this process, in whose name the events of others are followed. */
  readonly follower: string;
  readonly metrics?: Metrics;
  /** Where the breakers and budgets of these calls show. @default nowhere */
  readonly shown?: Protections;
}

/** The way to services that do not run in this process. */
export interface Elsewhere {
  readonly transport: Transport;
  /** The feed of `service` as `reader` sees it. */
  feed(service: string, reader: string): Feed;
  /** Carries what this process publishes, and what is followed of others. */
  readonly broker: Broker;
  /** Follows nobody any more. */
  close(): void;
}

/** Calls go behind a pipeline for each callee; events come by following the producer's feed. */
export function elsewhere(options: ElsewhereOptions): Elsewhere {
  const { runtime, logger, ways, nowhere, follower } = options;
  const transport: Transport = (call) => (ways.get(call.service) ?? nowhere)(call);
  const feedOf = (service: string, reader: string) =>
    callFeed({ runtime, service, transport, principal: servicePrincipal(reader) });
  const broker = embeddedBroker();
  const followed = new Map<string, () => void>();
  return {
    // A feed is followed as it is: who comes again by himself needs no retries, and proves nothing.
    transport: protect(transport, options),
    feed: feedOf,
    broker: {
      publish: broker.publish,
      subscribe(service, receive) {
        if (ways.has(service) && !followed.has(service)) {
          const feed = feedOf(service, follower);
          followed.set(service, followFeed({ runtime, feed, broker, service, logger }));
        }
        return broker.subscribe(service, receive);
      },
    },
    close() {
      for (const stop of followed.values()) stop();
    },
  };
}
