// How does a consumer read a producer's public events without ever skipping one?
import type { Epochs, FactPage, Position, Store } from '../store/index.ts';
import { type Envelope, envelopes } from './envelope.ts';

/** Every public event after `after`, up to and including `upto`. A push is a page too. */
export interface FeedPage {
  readonly service: string;
  /** The producer's history that the positions belong to. */
  readonly epochs: Epochs;
  readonly after: Position;
  /** The last position scanned, public or not; the log's head when it ends below `after`. */
  readonly upto: Position;
  /** In the producer's process views of its log: `written(event)` is what may be spread or changed. */
  readonly events: readonly Envelope[];
}

export interface FeedFacts extends FactPage {
  readonly epochs: Epochs;
}

/** A producer's log, seen from outside. Rejects with an availability error when out of reach. */
export interface Feed {
  page(after: Position, limit: number): Promise<FeedPage>;
  /** The events of a page with less around them, where reading a whole log is worth a way. */
  facts?(after: Position, limit: number): Promise<FeedFacts>;
  /** The public event at exactly this position, to fill a gap. */
  at(position: Position): Promise<Envelope | undefined>;
  head(): Promise<Position>;
}

export const PAGE_EVENTS_MAX = 500;

/** The feed of a store in this process. */
export function storeFeed(service: string, store: Store): Feed {
  const envelope = envelopes(service);
  const readFacts = store.readFacts?.bind(store);
  return {
    ...(readFacts && {
      facts: async (after, limit) => ({ ...(await readFacts(after, limit)), epochs: store.epochs }),
    }),
    async page(after, limit) {
      const read = await store.readLog(after, Math.min(limit, PAGE_EVENTS_MAX), 'public');
      const events = read.entries.map(envelope);
      return { service, epochs: store.epochs, after, upto: read.upto, events };
    },
    async at(position) {
      const before = { epoch: position.epoch, seq: position.seq - 1 };
      const entry = (await store.readLog(before, 1, 'public')).entries[0];
      const isIt = entry?.seq === position.seq && entry.epoch === position.epoch;
      return isIt ? envelope(entry) : undefined;
    },
    head: async () => store.head(),
  };
}
