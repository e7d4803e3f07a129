// How does a service get woken at a time, through crashes, once in effect?
import { asOffshootError, isAvailability, OffshootError } from '../error/index.ts';
import type { Cause } from '../messaging/index.ts';
import {
  type Change,
  collection,
  type DocumentChange,
  every,
  type Loaded,
  type Needs,
  one,
  put,
  type Reach,
  remove,
  runUnit,
  type Stamp,
  type TimerRequest,
  type UnitContext,
  type UnitOfWork,
  writeDocuments,
} from '../store/index.ts';
import type { Logger } from '../telemetry/index.ts';

interface TimerRecord {
  readonly name: string;
  readonly id: string;
  readonly due: number;
  readonly correlation: string;
  /** Of one that was postponed: how often it failed, and the document it was at first. */
  readonly attempts?: number;
  readonly origin?: string;
}

/** Ids begin with the due time, so that the first documents are the next to fire. */
export const timers = collection<TimerRecord>('offshoot.timers');
const DUE_WIDTH = 15;
const documentId = ({ due, name, id }: TimerRequest) =>
  `${String(due).padStart(DUE_WIDTH, '0')}|${name}|${id}`;

export interface TimerHandling<P, N extends Needs> {
  readonly prepare?: (given: { readonly id: string }, reach: Reach) => Promise<P>;
  readonly load?: (given: { readonly id: string; readonly prepared: P }) => N;
  readonly decide: (given: {
    readonly id: string;
    readonly prepared: P;
    readonly loaded: Loaded<N>;
    readonly at: number;
  }) => Omit<UnitOfWork, 'reply'> | undefined;
}

export interface TimerHandler {
  readonly name: string;
  readonly handling: TimerHandling<any, any>;
}

/** Handles a timer: `onTimer('reservation-expiry', { prepare, load, decide })`. */
export function onTimer<P = undefined, N extends Needs = {}>(
  name: string,
  handling: TimerHandling<P, N>,
): TimerHandler {
  return { name, handling };
}

export interface TimerContext extends UnitContext {
  readonly service: string;
  readonly logger: Logger;
  stamp(cause: Cause): Stamp;
  lower(unit: Omit<UnitOfWork, 'reply'>, stamp: Stamp): Change;
  reach(key: string, cause: Cause): Reach;
  /** Set where other processes set timers too. */
  readonly sharing?: 'holder' | 'replica';
}

export interface TimerEngine {
  lower(request: TimerRequest, stamp: Stamp): DocumentChange;
  start(): void;
  stop(): void;
}

const TICK_MS = 250;
/** A timer that another process has set is found after so long. */
const SHARED_LOOK_MS = 1_000;
/** Fired in one tick: at most 1,000 a second, also after a long downtime. */
const FIRED_MAX = 250;
const RETRY_MS = 60_000;
const AWAY_MS_MIN = 250;
const AWAY_MS_MAX = 10_000;

/** Until it comes again: soon and then less soon while a dependency is away. */
const retryMs = (error: unknown, attempts: number): number =>
  isAvailability(asOffshootError(error).code)
    ? Math.min(AWAY_MS_MIN * 2 ** Math.min(attempts - 1, 10), AWAY_MS_MAX)
    : RETRY_MS;

export function timerEngine(handlers: readonly TimerHandler[], context: TimerContext): TimerEngine {
  const { runtime, logger, service } = context;
  const known = new Map(handlers.map((one) => [one.name, one.handling]));
  let stopped = false;
  let cancel = (): void => {};
  let nextDue = 0; // nothing is due before it: most ticks need not ask the store

  const fire = async (documentKey: string, timer: TimerRecord): Promise<void> => {
    const handling = known.get(timer.name);
    if (!handling) throw new OffshootError('INTERNAL_ERROR', `nobody handles ${timer.name}`);
    const { prepare, load, decide } = handling;
    const { id, correlation } = timer;
    // The same for every try: what the outside is asked keeps its key.
    const causation = timer.origin ?? documentKey;
    const cause = { correlation, causation, traceparent: '' };
    const stamp = context.stamp(cause);
    const prepared = await prepare?.({ id }, context.reach(`${service}|${causation}`, cause));
    const needs = (): Needs => ({
      'offshoot.timer': one(timers, documentKey),
      ...load?.({ id, prepared }),
    });
    await runUnit(context, needs, (loaded) => {
      if (loaded['offshoot.timer'] === undefined) return { value: undefined }; // fired before
      const unit = decide({ id, prepared, loaded: loaded as any, at: stamp.at }) ?? {};
      const change = context.lower(unit, stamp);
      const documents = [remove(timers, documentKey), ...change.documents];
      return { change: { ...change, documents }, value: undefined };
    });
  };

  /** A timer that fails leaves the head of the line, so that it holds up nobody behind it. */
  const postpone = async (
    documentKey: string,
    timer: TimerRecord,
    error: unknown,
  ): Promise<void> => {
    const attempts = (timer.attempts ?? 0) + 1;
    const origin = timer.origin ?? documentKey;
    const { code, message } = asOffshootError(error);
    if (!isAvailability(code))
      logger.error('timer failed', { service, timer: documentKey, error: message });
    const due = runtime.now() + retryMs(error, attempts);
    const later = { ...timer, due, attempts, origin };
    const cause = { correlation: timer.correlation, causation: origin, traceparent: '' };
    const documents = [remove(timers, documentKey), put(timers, documentId(later), later)];
    await writeDocuments(context, documents, context.stamp(cause));
  };

  const tick = async (): Promise<void> => {
    if (runtime.now() < nextDue) return;
    // A timer that is set from here on brings it back; one that another process sets does not.
    nextDue = context.sharing ? runtime.now() + SHARED_LOOK_MS : Number.POSITIVE_INFINITY;
    const needs = () => ({ next: every(timers, { limit: FIRED_MAX }) });
    const { value: next } = await runUnit(context, needs, (loaded) => ({ value: loaded.next }));
    const due = next.filter(({ data }) => data.due <= runtime.now());
    if (next.length > 0) nextDue = Math.min(nextDue, due.length > 0 ? 0 : next[0]!.data.due);
    await Promise.all(
      due.map(({ id, data }) =>
        fire(id, data).catch((error: unknown) => postpone(id, data, error)),
      ),
    );
  };

  const plan = (): void => {
    if (stopped) return;
    cancel = runtime.after(TICK_MS, () => {
      tick()
        .catch((error: unknown) => {
          nextDue = 0; // nobody knows what is due
          logger.warn('timers', { service, error: String(error) });
        })
        .finally(plan);
    });
  };

  return {
    lower(request, stamp) {
      const { name, id, due } = request;
      nextDue = Math.min(nextDue, due);
      return put(timers, documentId(request), { name, id, due, correlation: stamp.correlation });
    },
    start: () => {
      if (known.size > 0) plan();
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
