// What is still to be read from one service's log, and how far has a build come in it?

import { OffshootError } from '../error/index.ts';
import {
  type EventHandler,
  type Feed,
  type FeedFacts,
  floors,
  type Mark,
  marks,
  moveFloor,
  type Subscription,
  waiting,
  wireVersion,
} from '../messaging/index.ts';
import { fromIsoTime } from '../runtime/index.ts';
import {
  type DocumentChange,
  eachWhere,
  type Fact,
  type FactPage,
  formatPosition,
  isAfter,
  isInHistory,
  one,
  type Position,
  parsePosition,
  runUnit,
  START,
  type UnitContext,
  where,
} from '../store/index.ts';

/** The cursor of one build in one log. Reads ahead a page; knows what its consumer had handled. */
export interface Source {
  readonly service: string;
  /** Everything at or below is applied, though maybe not durable yet. */
  readonly position: Position;
  /** The next event, undefined when the page is used up. */
  peek(): Fact | undefined;
  /** Its handler, or undefined when it is to be left alone. */
  handler(fact: Fact): EventHandler | undefined;
  /** The next event is applied: the checkpoint moves over it. */
  pass(): void;
  /** Whether everything up to the head it was given is applied. */
  readonly isDone: boolean;
  /** Reads the next page if the last one is used up. */
  refill(): Promise<void>;
  /** Goes on until the head that the log has now. */
  aim(): Promise<void>;
  /** Reads where the durable rows are. Rejects with PRECONDITION_FAILED when messages wait. */
  recall(): Promise<void>;
  /** The checkpoint, to be committed with the rows. */
  checkpoint(): DocumentChange[];
}

const PAGE_FACTS_MAX = 1_000;

export function source(subscription: Subscription, feed: Feed, context: UnitContext): Source {
  const { name, service } = subscription;
  const handled = new Map<string, Position>(); // above the floor, by the consumer before us
  const handlers = new Map([...subscription.handlers.values()].map((one) => [one.event.type, one]));
  let page: FactPage = { facts: [], upto: START }; // what was read ahead
  let unseen: Position[] = []; // marks that no page was compared with yet
  let index = 0;
  let position: Position = START;
  let head: Position = START;

  const read = async (): Promise<FactPage> => {
    const read = await (feed.facts?.(position, PAGE_FACTS_MAX) ?? factsOf(feed, position));
    for (const seen of [position, ...unseen.splice(0)])
      if (!isInHistory(read.epochs, seen)) throw forked(name, service, seen);
    return read;
  };

  return {
    service,
    get position() {
      return position;
    },
    get isDone() {
      return index >= page.facts.length && !isAfter(head, position);
    },
    peek: () => page.facts[index],
    handler(fact) {
      const last = handled.size > 0 ? handled.get(fact.key) : undefined;
      return last && !isAfter(fact, last) ? undefined : handlers.get(fact.type);
    },
    pass() {
      const passed = page.facts[index]!;
      index += 1;
      position = index < page.facts.length ? passed : page.upto;
    },
    async refill() {
      if (index < page.facts.length || !isAfter(head, position)) return;
      page = await read();
      index = 0;
      if (page.facts.length > 0) return;
      if (!isAfter(page.upto, position))
        throw new OffshootError('UNAVAILABLE', `${service} shows nothing after ${name} stopped`);
      position = page.upto;
    },
    async aim() {
      head = await feed.head();
    },
    async recall() {
      const needs = () => ({
        floor: one(floors, name),
        stuck: where(waiting, 'subscription', name, { limit: 1 }),
      });
      const { value } = await runUnit(context, needs, (loaded) => ({ value: loaded }));
      if (value.stuck.length > 0) {
        const message = `messages of ${name} wait for a person: replay them, or rebuild instead`;
        throw new OffshootError('PRECONDITION_FAILED', message);
      }
      position = value.floor?.data.position ?? START;
      page = { facts: [], upto: position };
      index = 0;
      handled.clear();
      await eachWhere<Mark>(context, marks, 'subscription', name, ({ data }) =>
        handled.set(data.key, data.last),
      );
      unseen = [...handled.values()];
    },
    checkpoint() {
      const covered = [...handled].filter(([, last]) => !isAfter(last, position));
      const keys = covered.map(([key]) => key);
      for (const key of keys) handled.delete(key);
      const { epoch, seq } = position;
      return moveFloor(name, { epoch, seq }, keys);
    },
  };
}

const forked = (name: string, service: string, seen: Position): OffshootError => {
  const where = formatPosition(seen);
  const message = `${name} has handled events of ${service} up to ${where}, which a restore left behind; rebuild it`;
  return new OffshootError('FORKED', message);
};

/** A feed that only knows envelopes. */
async function factsOf(feed: Feed, after: Position): Promise<FeedFacts> {
  const { events, upto, epochs } = await feed.page(after, PAGE_FACTS_MAX);
  const facts = events.map(
    (event): Fact => ({
      ...parsePosition(event.sequence),
      id: event.id,
      type: event.type.slice(0, event.type.lastIndexOf('.v')),
      schema: wireVersion(event.type),
      at: fromIsoTime(event.time),
      key: event.partitionkey,
      correlation: event.correlationid,
      data: JSON.stringify(event.data),
    }),
  );
  return { facts, upto, epochs };
}
