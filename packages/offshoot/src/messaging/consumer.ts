// How does one subscription get every event handled once, in order per key, come what may?
import { OffshootError } from '../error/index.ts';
import {
  type Epochs,
  eachWhere,
  formatPosition,
  isAfter,
  isInHistory,
  later,
  type Position,
  START,
} from '../store/index.ts';
import { type Chore, chore } from './chore.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { Consumer, ResetTo } from './consumer-port.ts';
import { deadLetters } from './dead-letters.ts';
import { delivery } from './delivery.ts';
import { waitsFor } from './dependency.ts';
import { type Envelope, positionOf, previousOf } from './envelope.ts';
import { type FeedPage, PAGE_EVENTS_MAX } from './feed.ts';
import { eventsBetween } from './gap.ts';
import { type Fork, forkOf, forkReason, isOlderHistory, isSameHistory } from './history.ts';
import { lastHandled, marks } from './inbox.ts';
import { lanes } from './lanes.ts';
import { placeAt, placeAtFork, raiseFloor, storedFloor } from './place.ts';
import { retries } from './retries.ts';
import { handlerFor, type Subscription } from './subscription.ts';
import { together } from './together.ts';

const SWEEP_MS = 1_000;
const FLOOR_MS = 250;
const PAGES_AHEAD_MAX = 1_000;
/** Events at work at once; what comes beyond it is read from the feed as soon as there is room. */
const AT_WORK_MAX = 2_000;
const PAUSE_MS_MIN = 100;
const PAUSE_MS_MAX = 10_000;
const REST_MS_MAX = 10_000;
const REST_LOOK_MS = 20;

/**
 * Pushes and sweeps bring the same thing, a page of the producer's log. Each event goes through
 * its key's lane: a position at or below the last handled one is a repeat, a `previous` above it
 * is a gap that is filled first. When a page is durable the floor may rise to its end.
 */
export function consumer(subscription: Subscription, context: ConsumerContext): Consumer {
  const { runtime, store, feed, broker, logger, metrics, service } = context;
  const { name } = subscription;
  const rows = new Map<string, Position>(); // rows of the inbox above the floor
  const passed = new Map<string, Position>(); // filtered events: in memory only
  const ahead: FeedPage[] = []; // handled pages that do not touch `reached` yet
  let floor: Position = START;
  let reached: Position = START; // everything up to here is durable; the floor follows
  let taken: Position = START; // everything up to here is durable or at work
  let behind = true; // pages were left aside: only what follows on `taken` is taken from a push
  let left = false; // one more was, since the feed was last asked
  let epochs: Epochs | undefined; // the producer's history, as the feed last told it
  let fork: Fork | undefined;
  let resting = false; // being put elsewhere
  let raising = false; // the floor is on its way to the disk
  let pausedBy = '';
  let pauseMs = PAUSE_MS_MIN;
  let sweeping = false;
  let atWork = 0;
  let stopped = false;
  const cancels = new Set<() => void>();

  const handling = delivery(subscription, context);
  const warn = (error: unknown): void =>
    logger.warn('consumer', { subscription: name, error: String(error) });
  const retrying: Chore = chore(runtime, FLOOR_MS, () => retryDue(), warn);
  const waitingLine = retries(subscription, context, handling, retrying.wake);

  /** The last handled position of a key, staged marks included. */
  const last = async (key: string): Promise<Position> => {
    const known = await store.load(lastHandled(name, key));
    const filtered = passed.get(key);
    return filtered ? later(known, filtered) : known;
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
    await batches.pending(event.partitionkey); // what it follows on is durable, or never happened
    const known = remembered(event.partitionkey);
    if (!isAfter(positionOf(event), known)) return;
    const previous = previousOf(event);
    const isNext = !previous || !isAfter(previous, known);
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
    for (const gap of await eventsBetween(feed, known, event)) await handleOne(gap);
    await handleOne(event);
  };

  const inLane = lanes(handle);
  const batches = together({
    ...{ subscription, store, deliverNow: handling.deliverNow, known: remembered },
    isFree: (key) => !inLane.isBusy(key) && !waitingLine.blocks(key),
    onHandled(event, isFiltered) {
      const to = isFiltered ? passed : rows;
      to.set(event.partitionkey, later(to.get(event.partitionkey) ?? START, positionOf(event)));
    },
  });

  const pause = (error: unknown, dependency?: string): void => {
    if (stopped || pausedBy !== '') return;
    pausedBy = waitsFor(error, dependency);
    metrics.gauge('offshoot_subscription_paused', 1, { service, subscription: name });
    logger.warn('subscription paused', { subscription: name, service, reason: pausedBy });
    handling.refuseWaiting(new OffshootError('UNAVAILABLE', `${name} paused: ${pausedBy}`));
    const cancel = runtime.after(pauseMs, () => {
      cancels.delete(cancel);
      pausedBy = '';
      metrics.gauge('offshoot_subscription_paused', 0, { service, subscription: name });
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
          rising.wake();
        }
      }
    }
    if (ahead.length <= PAGES_AHEAD_MAX) return;
    ahead.length = 0; // the sweep reads them again
    taken = reached;
  };

  const frontier = (): Position => later(reached, taken);

  const runs = () => !stopped && !resting && fork === undefined && pausedBy === '';
  const hasRoom = (events: number) => runs() && atWork + events <= AT_WORK_MAX;

  /** Goes on from here; what memory thought to know is forgotten. */
  const standAt = (position: Position): void => {
    reached = taken = position;
    ahead.length = 0;
    passed.clear();
  };

  /**
   * Whether a page that was asked for `from` can be used. When the producer's history is another
   * than before: not while anything is at work; what was only filtered is read again; and if what
   * was handled is gone, the subscription stops.
   */
  const agrees = (page: FeedPage, from: Position): boolean => {
    const isShort = isAfter(from, page.upto);
    if (epochs && isSameHistory(epochs, page.epochs) && !isShort) return true;
    if (atWork > 0 || raising || (epochs && isOlderHistory(page.epochs, epochs))) return false;
    fork = forkOf(page, isShort ? page.upto : undefined, [floor, ...rows.values()]);
    epochs = page.epochs;
    if (fork) {
      const reason = forkReason(`${service}/${name}`, subscription.service, fork);
      logger.error('subscription forked', { subscription: name, service, reason });
      metrics.count('offshoot_subscriptions_forked_total', { subscription: name });
      return false;
    }
    const isIn = !isShort && isInHistory(page.epochs, from);
    if (!isIn) standAt(floor);
    return isIn;
  };

  const work = async (page: FeedPage): Promise<void> => {
    atWork += page.events.length;
    const { left: single, lost } = batches.take(page.events);
    const alone = Promise.allSettled(single.map(inLaneOrPause));
    const again = await Promise.allSettled((await lost).map(inLaneOrPause));
    const results = [...(await alone), ...again];
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
    const isOther = !epochs || !isSameHistory(epochs, page.epochs);
    if (isOther || (behind && isHole) || !take(page)) behind = left = true;
    if (isOther) void sweep(); // the feed knows which history is the newer one
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
        if (!agrees(page, from)) break;
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

  /** True when there is more to raise the floor to by now. */
  const raise = async (): Promise<boolean> => {
    const target = reached;
    if (resting) return true;
    if (fork || !isAfter(target, floor)) return false;
    raising = true;
    await raiseTo(target).finally(() => {
      raising = false;
    });
    return isAfter(reached, floor);
  };

  const raiseTo = async (target: Position): Promise<void> => {
    const covered = await raiseFloor(context, name, target, rows);
    floor = later(floor, target);
    for (const key of covered) if (!isAfter(rows.get(key) ?? START, target)) rows.delete(key);
    for (const [key, position] of passed) if (!isAfter(position, floor)) passed.delete(key);
  };

  const retryDue = async (): Promise<boolean> =>
    fork || resting ? waitingLine.size > 0 : waitingLine.retryDue();
  const sweepOn = async (): Promise<boolean> => {
    await sweep();
    return true;
  };
  const rounds = chore(runtime, SWEEP_MS, sweepOn, warn);
  const rising = chore(runtime, FLOOR_MS, raise, warn);

  const recall = async (): Promise<void> => {
    const stored = await storedFloor(context, name);
    const position = stored ?? (subscription.from === 'now' ? await feed.head() : START);
    if (!stored) await placeAt(context, name, position);
    floor = position;
    reached = position;
    await eachWhere(context, marks, 'subscription', name, ({ data }) =>
      rows.set(data.key, data.last),
    );
    await waitingLine.recall();
  };

  const placeOf = async (to: ResetTo): Promise<Position> => {
    if (to === 'beginning') return START;
    if (to === 'now') return feed.head();
    if (fork?.at) return isAfter(fork.at, floor) ? floor : fork.at;
    const why = fork ? 'nobody can tell where the histories part' : 'it is not FORKED';
    throw new OffshootError('CONFLICT', `${name}: ${why}; go on from beginning or now`);
  };

  const atRest = async (): Promise<void> => {
    for (const end = runtime.monotonic() + REST_MS_MAX; atWork > 0 || raising; ) {
      if (runtime.monotonic() > end)
        throw new OffshootError('UNAVAILABLE', `${name} still has ${atWork} events at work`);
      await runtime.sleep(REST_LOOK_MS);
    }
  };

  const reset = async (to: ResetTo): Promise<Position> => {
    if (resting) throw new OffshootError('CONFLICT', `${name} is being put elsewhere already`);
    const position = await placeOf(to);
    resting = true;
    try {
      await atRest();
      let kept = new Map<string, Position>();
      if (to === 'fork' && fork?.at) kept = await placeAtFork(context, name, position, fork.at);
      else await placeAt(context, name, position);
      floor = position;
      rows.clear();
      for (const [key, last] of kept) rows.set(key, last);
      standAt(position);
      epochs = fork = undefined;
    } finally {
      resting = false;
    }
    logger.warn('subscription reset', {
      subscription: name,
      service,
      to,
      at: formatPosition(position),
    });
    void sweep();
    return position;
  };

  return {
    name,
    source: subscription.service,
    async start() {
      await recall();
      const unsubscribe = broker.subscribe(subscription.service, receive);
      cancels.add(unsubscribe);
      rounds.wake();
      metrics.count('offshoot_subscriptions_started_total');
      void sweep();
    },
    stop() {
      stopped = true;
      handling.refuseWaiting(new OffshootError('DRAINING', 'the consumer stopped'));
      for (const one of [rounds, rising, retrying]) one.stop();
      for (const cancel of cancels) cancel();
    },
    deadLetters: deadLetters(subscription, context, waitingLine),
    get waiting() {
      return { messages: waitingLine.size, parkedKeys: waitingLine.parkedKeys };
    },
    reset,
    get fork() {
      return fork;
    },
    get pausedBy() {
      return fork ? forkReason(`${service}/${name}`, subscription.service, fork) : pausedBy;
    },
    get reached() {
      return reached;
    },
    get floor() {
      return floor;
    },
  };
}
