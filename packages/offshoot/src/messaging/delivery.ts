// What happens when one event is handled: prepare, load, decide, and the mark in the same commit?
import { asOffshootError, OffshootError } from '../error/index.ts';
import { bulkhead } from '../resilience/index.ts';
import {
  type Asked,
  type Document,
  isAfter,
  one,
  type Position,
  remove,
  runUnit,
} from '../store/index.ts';
import { openSpan } from '../telemetry/index.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { withNames } from './dependency.ts';
import { type Envelope, positionOf } from './envelope.ts';
import { lastHandled, mark, type Waiting, waiting, waitingId } from './inbox.ts';
import { incoming } from './incoming.ts';
import { handlerFor, type Incoming, type Subscription } from './subscription.ts';

/** `prepare`s of one subscription at once: what they ask must answer all of them in time. */
const PREPARING_MAX = 32;
const WAITING_MAX = 10_000;
/** Events whose questions to the outside are remembered; beyond it the oldest are forgotten. */
const REMEMBERED_MAX = 10_000;

export interface Delivery {
  /**
   * Handles one event and commits its mark with its effect. True when it (or an earlier delivery
   * of it) took effect durably. After a failure, what `prepare` had asked of an `at-least-once`
   * port is not asked again, but answered from memory. One that `waits` leaves the waiting table in
   * the same commit; if it is no longer there, somebody discarded it: false, and no effect.
   */
  deliver(event: Envelope, waits?: boolean): Promise<boolean>;
  /** The subscription pauses: events that wait for room to `prepare` fail with `error`. */
  refuseWaiting(error: unknown): void;
  /** Should it ever be handled again, then what it asks outside is asked anew. */
  forget(event: Envelope): void;
}

export function delivery(subscription: Subscription, context: ConsumerContext): Delivery {
  const { name } = subscription;
  const preparing = bulkhead({
    ...{ name, runningMax: PREPARING_MAX, waitingMax: WAITING_MAX },
  });
  const memory = new Map<string, Asked>(); // of events that are not handled yet, by id

  const askedBy = ({ id }: Envelope): Asked => {
    const asked = memory.get(id) ?? new Map();
    memory.set(id, asked);
    const [oldest] = memory.keys();
    if (memory.size > REMEMBERED_MAX && oldest !== undefined) memory.delete(oldest);
    return asked;
  };

  const handle = async (event: Envelope, waits: boolean): Promise<boolean> => {
    const handler = handlerFor(subscription, event.type);
    if (!handler && waits)
      throw new OffshootError('INTERNAL_ERROR', `${name} handles no ${event.type} any more`);
    if (!handler) return true;
    const { prepare, load, decide } = handler.handling;
    const cause = {
      correlation: event.correlationid,
      causation: event.id,
      traceparent: event.traceparent,
    };
    const { runtime } = context;
    const stamp = context.stamp(cause);
    const id = runtime.id();
    const position = positionOf(event);
    let opened: Incoming<unknown> | undefined;
    const given = () => {
      opened ??= incoming(event, handler.event, context.sealer); // once: a unit that runs again sees the same event
      return opened;
    };
    const prepared =
      prepare &&
      (await preparing.run(() => {
        const reach = context.reach(`${name}/${event.id}`, cause, askedBy(event));
        return prepare({ event: given() }, withNames(reach));
      }));
    const { value } = await runUnit(
      context,
      () => ({
        'offshoot.last': lastHandled(name, event.partitionkey),
        ...(waits ? { 'offshoot.row': one(waiting, waitingId(name, event)) } : {}),
        ...load?.({ event: given(), prepared }),
      }),
      (loaded) => {
        // Read with the decision: rows go when the floor rises, so neither alone is the truth.
        const last = loaded['offshoot.last'] as Position;
        const row = loaded['offshoot.row'] as Document<Waiting> | undefined;
        if (waits && !row) return { value: false };
        if (!waits && !isAfter(position, last)) return { value: true };
        const unit =
          decide({ event: given(), prepared, loaded: loaded as any, at: stamp.at, id }) ?? {};
        const change = context.lower(unit, stamp);
        const done = waits
          ? remove(waiting, waitingId(name, event), row?.revision)
          : mark(name, event.partitionkey, position);
        return { change: { ...change, documents: [...change.documents, done] }, value: true };
      },
    );
    memory.delete(event.id);
    context.metrics.count('offshoot_events_handled_total', { subscription: name });
    return value;
  };

  return {
    async deliver(event, waits = false) {
      const { correlationid: correlation, traceparent: parent } = event;
      const cause = { correlation, traceparent: parent };
      const span = openSpan(context, `${name} on ${event.type}`, cause);
      const { traceparent } = span;
      try {
        const done = await handle(
          traceparent === parent ? event : { ...event, traceparent },
          waits,
        );
        span.end('ok');
        return done;
      } catch (error) {
        span.end(asOffshootError(error).code);
        throw error;
      }
    },
    refuseWaiting: preparing.refuseWaiting,
    forget: ({ id }) => void memory.delete(id),
  };
}
