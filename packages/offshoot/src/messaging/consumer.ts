// How does one subscription get every event handled once, in order per key, come what may?
import { OffshootError } from '../error/index.ts';
import {
  eachWhere,
  formatPosition,
  isAfter,
  later,
  many,
  one,
  type Position,
  parsePosition,
  runUnit,
  START,
  writeDocuments,
} from '../store/index.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { type DeadLetters, deadLetters } from './dead-letters.ts';
import { delivery } from './delivery.ts';
import { waitsFor } from './dependency.ts';
import { type Envelope, positionOf } from './envelope.ts';
import { type FeedPage, PAGE_EVENTS_MAX } from './feed.ts';
import { floors, lastHandled, markId, marks, moveFloor } from './inbox.ts';
import { retries } from './retries.ts';
import { handlerFor, type Subscription } from './subscription.ts';

const SWEEP_MS = 1_000;
const FLOOR_MS = 250;
const COVERED_MAX = 500;
const PAGES_AHEAD_MAX = 1_000;
/** Events at work at once; what comes beyond it is read from the feed as soon as there is room. */
const AT_WORK_MAX = 2_000;
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 10_000;
const GAP_EVENTS_MAX = 10_000;

export interface Consumer {
  readonly name: string;
  /** The producer whose events it reads. */
  readonly source: string;
  /** Resolves once the first sweep began; the consumer then runs until `stop`. */
  start(): Promise<void>;
  stop(): void;
  /** What the subscription waits for, '' when it runs. */
  readonly pausedBy: string;
  /** Messages that wait after a failure, and keys that wait for a person. */
  readonly waiting: { readonly messages: number; readonly parkedKeys: number };
  readonly deadLetters: DeadLetters;
  /** Everything at or below is handled or waiting, durably. */
  readonly floor: Position;
}

/**
 * Pushes and sweeps bring the same thing, a page of the producer's log. Each event goes through
 * its key's lane: a position at or below the last handled one is a repeat, a `previous` above it
 * is a gap that is filled first. When a page is durable the floor may rise to its end.
 */
export function consumer(subscription: Subscription, context: ConsumerContext): Consumer {
  const { runtime, store, feed, broker, logger, metrics, service } = context;
  const { name } = subscription;
  const lanes = new Map<string, Promise<void>>();
  const rows = new Map<string, Position>(); // rows of the inbox above the floor
  const passed = new Map<string, Position>(); // filtered events: in memory only
  const ahead: FeedPage[] = []; // handled pages that do not touch `reached` yet
  let floor: Position = START;
  let reached: Position = START; // everything up to here is durable; the floor follows
  let taken: Position = START; // everything up to here is durable or at work
  let behind = true; // pages were left aside: only what follows on `taken` is taken from a push
  let left = false; // one more was, since the feed was last asked
  let pausedBy = '';
  let pauseMs = PAUSE_MS_MIN;
  let sweeping = false;
  let atWork = 0;
  let stopped = false;
  const cancels = new Set<() => void>();

  const handling = delivery(subscription, context);
  const waitingLine = retries(subscription, context, handling);

  /** The last handled position of a key, staged marks included. */
  const last = async (key: string): Promise<Position> => {
    const known = await store.load(lastHandled(name, key));
    const filtered = passed.get(key);
    return filtered ? later(known, filtered) : known;
  };

  /** The events of this key between what was handled and `event`, oldest first. */
  const missing = async (event: Envelope, after: Position): Promise<Envelope[]> => {
    const found: Envelope[] = [];
    let before = event.previous;
    while (before && isAfter(positionOf({ ...event, sequence: before }), after)) {
      const gap = await feed.at(positionOf({ ...event, sequence: before }));
      if (!gap || found.length >= GAP_EVENTS_MAX)
        throw new OffshootError('UNAVAILABLE', `${subscription.service} does not know ${before}`);
      found.unshift(gap);
      before = gap.previous;
    }
    return found;
  };

  const handleOne = async (event: Envelope): Promise<void> => {
    const { partitionkey: key } = event;
    const position = positionOf(event);
    if (!handlerFor(subscription, event.type)) {
      passed.set(key, position);
      return;
    }
    const done = waitingLine.blocks(key)
      ? await waitingLine.standBehind(event)
      : await handling.deliver(event).catch((error: unknown) => waitingLine.failed(event, error));
    if (done) rows.set(key, position);
  };

  /** What memory knows to be durably handled: never more than the store would say. */
  const remembered = (key: string): Position =>
    later(later(rows.get(key) ?? floor, passed.get(key) ?? floor), floor);

  const handle = async (event: Envelope): Promise<void> => {
    if (stopped) throw new OffshootError('DRAINING', 'the consumer stopped');
    const known = remembered(event.partitionkey);
    if (!isAfter(positionOf(event), known)) return;
    const isNext = !event.previous || !isAfter(parsePosition(event.previous), known);
    // What follows on what memory knows needs no question; only a gap, or what seems one, does.
    if (isNext) await handleOne(event);
    else await handleAsStored(event);
  };

  const handleAsStored = async (event: Envelope): Promise<void> => {
    const basis = store.failures;
    const known = await last(event.partitionkey);
    if (!isAfter(positionOf(event), known)) {
      // A repeat is one only if what says so is durable: a flush that fails takes the mark back.
      await store.settled();
      if (store.failures !== basis)
        throw new OffshootError('UNAVAILABLE', 'the store could not flush');
      return;
    }
    for (const gap of await missing(event, known)) await handleOne(gap);
    await handleOne(event);
  };

  /** One event of a key at a time; other keys go on. */
  const inLane = (event: Envelope): Promise<void> => {
    const key = event.partitionkey;
    const before = lanes.get(key);
    const run = before ? before.then(() => handle(event)) : handle(event);
    lanes.set(key, run);
    const leave = () => {
      if (lanes.get(key) === run) lanes.delete(key);
    };
    run.then(leave, leave);
    return run;
  };

  const pause = (error: unknown, dependency?: string): void => {
    if (stopped || pausedBy !== '') return;
    pausedBy = waitsFor(error, dependency);
    metrics.gauge('offshoot_subscription_paused', 1, { subscription: name });
    logger.warn('subscription paused', { subscription: name, service, reason: pausedBy });
    handling.refuseWaiting(new OffshootError('UNAVAILABLE', `${name} paused: ${pausedBy}`));
    const cancel = runtime.after(pauseMs, () => {
      cancels.delete(cancel);
      pausedBy = '';
      metrics.gauge('offshoot_subscription_paused', 0, { subscription: name });
      const { fullness } = waitingLine;
      if (fullness !== '') pause(new OffshootError('OVERLOADED', fullness));
      else void sweep();
    });
    cancels.add(cancel);
    pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX);
  };

  /** Pauses with the first failure: what still waits for room need not meet the same. */
  const inLaneOrPause = (event: Envelope): Promise<void> =>
    inLane(event).catch((error: unknown) => {
      pause(error);
      throw error;
    });

  /** The end of the unbroken run of durable pages moves on. */
  const advance = (page: FeedPage): void => {
    ahead.push(page);
    for (let moved = true; moved; ) {
      moved = false;
      for (const one of ahead.splice(0)) {
        if (isAfter(one.after, reached)) ahead.push(one);
        else if (isAfter(one.upto, reached)) {
          reached = one.upto;
          moved = true;
          pauseMs = PAUSE_MS_MIN;
        }
      }
    }
    if (ahead.length <= PAGES_AHEAD_MAX) return;
    ahead.length = 0; // the sweep reads them again
    taken = reached;
  };

  const frontier = (): Position => later(reached, taken);

  const hasRoom = (events: number) => !stopped && pausedBy === '' && atWork + events <= AT_WORK_MAX;

  const work = async (page: FeedPage): Promise<void> => {
    atWork += page.events.length;
    const results = await Promise.allSettled(page.events.map(inLaneOrPause));
    atWork -= page.events.length;
    if (results.every(({ status }) => status === 'fulfilled')) advance(page);
    else taken = reached; // all that was taken since is read again
    if (behind && hasRoom(PAGE_EVENTS_MAX)) void sweep();
  };

  /** Puts a page to work; false when there is no room for it now. */
  const take = (page: FeedPage): boolean => {
    if (!hasRoom(page.events.length)) return false;
    if (!isAfter(page.after, frontier())) taken = later(taken, page.upto);
    void work(page);
    return true;
  };

  /** A push with a hole before it costs a walk for each key: who is behind reads the feed. */
  const receive = (page: FeedPage): void => {
    const isHole = isAfter(page.after, frontier());
    if ((behind && isHole) || !take(page)) behind = left = true;
  };

  /** Reads on while there is room; work that leaves room while `behind` calls it again. */
  const sweep = async (): Promise<void> => {
    if (sweeping) return;
    sweeping = true;
    try {
      while (hasRoom(PAGE_EVENTS_MAX)) {
        left = false;
        const from = frontier();
        const page = await feed.page(from, PAGE_EVENTS_MAX);
        const isEnd = !isAfter(page.upto, from);
        if (isEnd) behind = left;
        if (isEnd && !left) return;
        if (!isEnd && !take(page)) break;
      }
      behind = true;
    } catch (error) {
      pause(error, subscription.service);
    } finally {
      sweeping = false;
    }
  };

  const raiseFloor = async (): Promise<void> => {
    const target = reached;
    if (!isAfter(target, floor)) return;
    const covered: string[] = [];
    for (const [key, position] of rows) {
      if (covered.length >= COVERED_MAX) break;
      if (!isAfter(position, target)) covered.push(key);
    }
    const stamp = context.stamp({
      correlation: name,
      causation: formatPosition(target),
      traceparent: '',
    });
    // Read with the decision: a row may have moved on since memory learnt of it.
    const needs = () => ({
      found: many(
        marks,
        covered.map((key) => markId(name, key)),
      ),
    });
    await runUnit(context, needs, ({ found }) => {
      const low = found.filter((row) => row && !isAfter(row.data.last, target));
      const keys = low.flatMap((row) => row?.data.key ?? []);
      return { change: { appends: [], documents: moveFloor(name, target, keys), stamp }, value: 0 };
    });
    floor = later(floor, target);
    for (const key of covered) if (!isAfter(rows.get(key) ?? START, target)) rows.delete(key);
    for (const [key, position] of passed) if (!isAfter(position, floor)) passed.delete(key);
  };

  const repeat = (ms: number, task: () => Promise<void>): void => {
    const cancel = runtime.after(ms * (0.75 + runtime.random() / 2), () => {
      cancels.delete(cancel);
      if (stopped) return;
      task()
        .catch((error: unknown) =>
          logger.warn('consumer', { subscription: name, error: String(error) }),
        )
        .finally(() => repeat(ms, task));
    });
    cancels.add(cancel);
  };

  const recall = async (): Promise<void> => {
    const { value } = await runUnit(
      context,
      () => ({ floor: one(floors, name) }),
      ({ floor: stored }) => ({
        value: stored?.data.position,
      }),
    );
    const position = value ?? (subscription.from === 'now' ? await feed.head() : START);
    if (!value) {
      const stamp = context.stamp({ correlation: name, causation: name, traceparent: '' });
      await writeDocuments(context, moveFloor(name, position, []), stamp);
    }
    floor = position;
    reached = position;
    await eachWhere(context, marks, 'subscription', name, ({ data }) =>
      rows.set(data.key, data.last),
    );
    await waitingLine.recall();
  };

  return {
    name,
    source: subscription.service,
    async start() {
      await recall();
      const unsubscribe = broker.subscribe(subscription.service, receive);
      cancels.add(unsubscribe);
      repeat(SWEEP_MS, sweep);
      repeat(FLOOR_MS, raiseFloor);
      repeat(FLOOR_MS, waitingLine.retryDue);
      metrics.count('offshoot_subscriptions_started_total');
      void sweep();
    },
    stop() {
      stopped = true;
      handling.refuseWaiting(new OffshootError('DRAINING', 'the consumer stopped'));
      for (const cancel of cancels) cancel();
    },
    deadLetters: deadLetters(subscription, context, waitingLine),
    get waiting() {
      return { messages: waitingLine.size, parkedKeys: waitingLine.parkedKeys };
    },
    get pausedBy() {
      return pausedBy;
    },
    get floor() {
      return floor;
    },
  };
}
