// How does a service get woken at a time, through crashes, once in effect?
import { asOffshootError, isAvailability } from '../error/index.ts';
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
} from '../store/index.ts';
import type { Logger } from '../telemetry/index.ts';

interface TimerRecord {
  readonly name: string;
  readonly id: string;
  readonly due: number;
  readonly correlation: string;
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
}

export interface TimerEngine {
  lower(request: TimerRequest, stamp: Stamp): DocumentChange;
  start(): void;
  stop(): void;
}

const TICK_MS = 250;
/** Fired in one tick: at most 1,000 a second, also after a long downtime. */
const FIRED_MAX = 250;
const RETRY_MS = 60_000;

export function timerEngine(handlers: readonly TimerHandler[], context: TimerContext): TimerEngine {
  const { runtime, logger, service } = context;
  const known = new Map(handlers.map((one) => [one.name, one.handling]));
  let stopped = false;
  let cancel = (): void => {};
  let nextDue = 0; // nothing is due before it: most ticks need not ask the store

  const fire = async (documentKey: string, timer: TimerRecord): Promise<void> => {
    const handling = known.get(timer.name);
    if (!handling) {
      logger.error('nobody handles this timer', { service, timer: timer.name });
      return;
    }
    const { prepare, load, decide } = handling;
    const { id, correlation } = timer;
    const cause = { correlation, causation: documentKey, traceparent: '' };
    const stamp = context.stamp(cause);
    const prepared = await prepare?.({ id }, context.reach(`${service}|${documentKey}`, cause));
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

  /** A timer that fails comes again later; one whose dependency is away waits for the next tick. */
  const postpone = async (
    documentKey: string,
    timer: TimerRecord,
    error: unknown,
  ): Promise<void> => {
    const { code, message } = asOffshootError(error);
    if (isAvailability(code)) return;
    logger.error('timer failed', { service, timer: documentKey, error: message });
    const later = { ...timer, due: runtime.now() + RETRY_MS };
    const cause = { correlation: timer.correlation, causation: documentKey, traceparent: '' };
    const documents = [remove(timers, documentKey), put(timers, documentId(later), later)];
    const change = { appends: [], documents, stamp: context.stamp(cause) };
    await runUnit(
      context,
      () => ({}),
      () => ({ change, value: undefined }),
    );
  };

  const tick = async (): Promise<void> => {
    if (runtime.now() < nextDue) return;
    nextDue = Number.POSITIVE_INFINITY; // a timer that is set from here on brings it back
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
