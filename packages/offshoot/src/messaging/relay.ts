// How do committed public events leave the service, in commit order?
import type { Runtime } from '../runtime/index.ts';
import type { Store } from '../store/index.ts';
import type { Logger } from '../telemetry/index.ts';
import type { Broker } from './broker.ts';
import { envelopes } from './envelope.ts';
import { PAGE_EVENTS_MAX } from './feed.ts';

const PAUSE_MS = 1_000;

/**
 * Tails the store's log from its head at start and publishes a page after every flush. What a
 * crash or a lossy broker swallows, the consumers' sweeps of the feed find.
 */
export function relay(
  service: string,
  store: Store,
  broker: Broker,
  { runtime, logger }: { readonly runtime: Runtime; readonly logger: Logger },
): () => void {
  const envelope = envelopes(service);
  let cursor = store.head();
  let running = false;
  let stopped = false;
  let cancel = (): void => {};

  const drain = async (): Promise<void> => {
    for (;;) {
      if (stopped) return;
      const page = await store.readLog(cursor, PAGE_EVENTS_MAX, 'public');
      if (page.upto.seq === cursor.seq) return;
      const events = page.entries.map(envelope);
      broker.publish({ service, epochs: store.epochs, after: cursor, upto: page.upto, events });
      cursor = page.upto;
    }
  };

  const rest = (): void => {
    running = false;
    if (!stopped && store.head().seq !== cursor.seq) wake();
  };

  const wake = (): void => {
    if (running) return;
    running = true;
    runtime.endOfTurn(() => {
      drain().then(rest, (error: unknown) => {
        logger.warn('relay paused', { service, error: String(error) });
        cancel = runtime.after(PAUSE_MS, rest); // a broker that is down is not asked every turn
      });
    });
  };

  const unsubscribe = store.onDurable(wake);
  return () => {
    stopped = true;
    cancel();
    unsubscribe();
  };
}
