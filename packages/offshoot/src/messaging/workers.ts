// How does each item of a queue get done once, by one of many, whoever crashes?
import { isRefused } from '../contract/index.ts';
import { asOffshootError, isAvailability, OffshootError } from '../error/index.ts';
import {
  type Change,
  type DocumentChange,
  every,
  type Needs,
  one,
  put,
  remove,
  runUnit,
  type Stamp,
  type WorkRequest,
} from '../store/index.ts';
import type { DeadLetters } from './dead-letters.ts';
import { parkedItems } from './parked-items.ts';
import { type Queue, type WorkItem, work, workId } from './queue.ts';
import type { WorkerContext } from './worker-context.ts';

export interface Workers {
  /** `queue/<name>`: how its dead letters are called. */
  readonly name: string;
  /** What a send of the queue writes. Throws OVERLOADED when it is full. */
  lower(request: WorkRequest, stamp: Stamp): DocumentChange;
  readonly waiting: { readonly messages: number; readonly parkedKeys: number };
  /** Items that wait or are at work, about: some may be counted twice until there is none. */
  readonly size: number;
  /** '': a worker that is away delays its items, not the queue. */
  readonly pausedBy: string;
  readonly deadLetters: DeadLetters;
  start(): Promise<void>;
  /** What is at work is left to whoever takes it next. */
  stop(): void;
}

const TICK_MS = 250;
const COUNT_MS = 10_000;
const PAGE = 1_000;

/** An item that is this worker's alone until `id`'s due time. */
interface Taken {
  readonly id: string;
  readonly item: WorkItem;
}

export function workers(queue: Queue, context: WorkerContext): Workers {
  const { name, concurrency, visibilityMs, itemsMax, retry } = queue;
  const { runtime, logger, metrics, service } = context;
  let atWork = 0;
  let items = 0; // about: counted again when it says that the queue is full
  let countedAt = 0;
  let filling = false;
  let wanted = false;
  let stopped = false;
  let cancel = (): void => {};

  const stampOf = (item: WorkItem): Stamp => {
    const { correlation, causation, traceparent } = item;
    return context.stamp({ correlation, causation, traceparent });
  };

  const toWork = (item: WorkItem): DocumentChange => put(work, workId(item), item);
  const parked = parkedItems(queue, context, () => {
    items += 1;
    kick();
  });

  /** The first items that are due, in the order in which they became so. */
  const due = async (limit: number): Promise<readonly Taken[]> => {
    const needs = () => ({ first: every(work, { after: `${name}|`, limit }) });
    const { value } = await runUnit(context, needs, ({ first }) => ({ value: first }));
    const own = value.filter(({ data }) => data.queue === name);
    if (own.length === 0) items = 0; // a unit that ran twice was counted twice
    return own
      .filter(({ data }) => data.due <= runtime.now())
      .map(({ id, data }) => ({ id, item: data }));
  };

  /** Moves the item's due time to where its worker's time is over: of several takers one wins. */
  const take = async ({ id }: Taken): Promise<Taken | undefined> => {
    const needs = () => ({ found: one(work, id) });
    const { value } = await runUnit(context, needs, ({ found }) => {
      if (!found) return { value: undefined };
      const item = { ...found.data, due: runtime.now() + visibilityMs };
      const documents = [remove(work, id, found.revision), toWork(item)];
      const change = { appends: [], documents, stamp: stampOf(item) };
      return { change, value: { id: workId(item), item } };
    });
    return value;
  };

  /** Ends what this worker has taken, unless somebody took it after its time: then undefined. */
  const end = async <N extends Needs>(
    { id, item }: Taken,
    load: () => N,
    decide: (loaded: any, stamp: Stamp) => Change,
  ): Promise<boolean> => {
    const needs = () => ({ ...load(), 'offshoot.item': one(work, id) });
    const stamp = stampOf(item);
    const { value } = await runUnit(context, needs, (loaded) => {
      const found = (loaded as Record<string, any>)['offshoot.item'];
      if (!found) return { value: false };
      const change = decide(loaded, stamp);
      const documents = [...change.documents, remove(work, id, found.revision)];
      return { change: { ...change, documents }, value: true };
    });
    if (!value) metrics.count('offshoot_queue_late_replies_total', { queue: name });
    return value;
  };

  const reply = (taken: Taken, answer: unknown): Promise<boolean> => {
    const { id, input } = taken.item;
    const given = { id, input, reply: answer };
    const { load, decide } = queue.replied ?? {};
    return end(
      taken,
      () => load?.(given) ?? {},
      (loaded, stamp) => {
        const unit = decide?.({ ...given, loaded, at: stamp.at }) ?? {};
        return context.lower(unit, stamp);
      },
    );
  };

  /** Later again, or to a person. */
  const postpone = async (taken: Taken, error: OffshootError): Promise<boolean> => {
    const isAway = isAvailability(error.code);
    const attempts = taken.item.attempts + (isAway ? 0 : 1);
    const away = isAway ? taken.item.away + 1 : 0;
    const doublings = (isAway ? away : attempts) - 1;
    const delay = Math.min(retry.delayMs * 2 ** Math.min(doublings, 30), retry.delayMsMax);
    const item = { ...taken.item, attempts, away, due: runtime.now() + delay };
    const isParked = attempts >= retry.attempts;
    const { id, correlation } = item;
    const fields = { queue: name, item: id, correlation, code: error.code, reason: error.message };
    if (isParked) logger.error('work parked', fields);
    else logger.warn('work postponed', fields);
    return end(
      taken,
      () => ({}),
      (_, stamp) => {
        const documents = [isParked ? parked.row(item, error) : toWork(item)];
        return { appends: [], documents, stamp };
      },
    ).then((ended) => {
      if (ended && isParked) {
        items -= 1;
        parked.added();
      }
      return ended;
    });
  };

  const perform = async (taken: Taken): Promise<void> => {
    const { item } = taken;
    const key = `queue/${name}/${item.id}`;
    try {
      const answer = await context.perform(item, key, queue.operation.deadlineMs);
      if (stopped) return;
      if (!(await reply(taken, answer))) return;
      items -= 1;
      const outcome = isRefused(answer) ? 'refused' : 'done';
      metrics.count('offshoot_queue_items_total', { queue: name, outcome });
    } catch (thrown) {
      if (!stopped) await postpone(taken, asOffshootError(thrown));
    }
  };

  const run = (taken: Taken): void => {
    atWork += 1;
    perform(taken)
      // Nothing is lost: when its time is over, the item is taken again.
      .catch((error: unknown) =>
        logger.warn('work', { queue: name, service, error: String(error) }),
      )
      .finally(() => {
        atWork -= 1;
        kick();
      });
  };

  /** Takes what is due for as long as there is room. */
  const fill = async (): Promise<void> => {
    while (!stopped && atWork < concurrency) {
      const first = await due(concurrency - atWork);
      const taken = await Promise.all(first.map(take));
      if (stopped) return;
      for (const one of taken) if (one) run(one);
      if (first.length === 0) return;
    }
  };

  /** Fills at the end of this turn; whatever asks for it meanwhile, once more after that. */
  function kick(): void {
    wanted = true;
    if (filling || stopped) return;
    filling = true;
    runtime.endOfTurn(() => {
      wanted = false;
      fill()
        .catch((error: unknown) =>
          logger.warn('queue', { queue: name, service, error: String(error) }),
        )
        .finally(() => {
          filling = false;
          if (wanted) kick();
        });
    });
  }

  const tick = (): void => {
    cancel = runtime.after(TICK_MS, () => {
      metrics.gauge('offshoot_queue_waiting', items, { queue: name });
      kick();
      if (!stopped) tick();
    });
  };

  const count = async (): Promise<void> => {
    countedAt = runtime.now();
    let found = 0;
    for (let after = `${name}|`; ; ) {
      const needs = () => ({ page: every(work, { after, limit: PAGE }) });
      const { value: page } = await runUnit(context, needs, (loaded) => ({ value: loaded.page }));
      const own = page.filter(({ data }) => data.queue === name);
      found += own.length;
      if (own.length < PAGE) break;
      after = own.at(-1)!.id;
    }
    items = found;
  };

  return {
    name: parked.name,
    pausedBy: '',
    deadLetters: parked.deadLetters,
    get size() {
      return items;
    },
    get waiting() {
      return parked.waiting;
    },
    lower({ id, input }, { at, correlation, causation, traceparent }) {
      if (items >= itemsMax) {
        if (runtime.now() - countedAt > COUNT_MS) void count().catch(() => {});
        throw new OffshootError(
          'OVERLOADED',
          `queue ${name} holds ${items} items; come again later`,
        );
      }
      items += 1;
      kick();
      const cause = { correlation, causation, traceparent };
      const state = { due: at, attempts: 0, away: 0, sentAt: at };
      return toWork({ queue: name, id, input, ...state, ...cause });
    },
    async start() {
      await count();
      await parked.recall();
      tick();
      kick();
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
