// What happens when one event is handled: prepare, load, decide, and the mark in the same commit?
import { asOffshootError, OffshootError } from '../error/index.ts';
import { bulkhead } from '../resilience/index.ts';
import { KeyMissing } from '../security/index.ts';
import {
  type Asked,
  type Change,
  type Document,
  isAfter,
  loadAll,
  type Needs,
  one,
  remove,
  runUnit,
} from '../store/index.ts';
import { inSpan, type OpenSpan, openSpan } from '../telemetry/index.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { withNames } from './dependency.ts';
import { type Envelope, positionOf } from './envelope.ts';
import { floors, lastOf, mark, markId, marks, type Waiting, waiting, waitingId } from './inbox.ts';
import { incoming } from './incoming.ts';
import { type EventHandler, handlerFor, type Incoming, type Subscription } from './subscription.ts';

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
  /**
   * Handles one event in this very turn, on what is readable now. Undefined, with nothing done, for an event that cannot be
   * handled so: it asks others first, the store needs time to answer, or it failed. What it failed
   * with is what `deliver` then throws: both are one attempt.
   */
  deliverNow(event: Envelope): Delivered | undefined;
  /** The subscription pauses: events that wait for room to `prepare` fail with `error`. */
  refuseWaiting(error: unknown): void;
  /** Should it ever be handled again, then what it asks outside is asked anew. */
  forget(event: Envelope): void;
}

/** An event that was handled in the turn. */
export interface Delivered {
  /** Resolves when its effect is durable, rejects when a flush took it back. */
  readonly durable: Promise<unknown>;
  /** To be called when it is durable. */
  handled(): void;
}

export function delivery(subscription: Subscription, context: ConsumerContext): Delivery {
  const { name } = subscription;
  const preparing = bulkhead({
    ...{ name, runningMax: PREPARING_MAX, waitingMax: WAITING_MAX },
  });
  /** What `deliverNow` met, for who delivers the event next. */
  const thrown = new Map<string, { readonly error: unknown; readonly failures: number }>();
  let needsTime = false; // the store does not answer in the turn
  const memory = new Map<string, Asked>(); // of events that are not handled yet, by id

  const askedBy = ({ id }: Envelope): Asked => {
    const asked = memory.get(id) ?? new Map();
    memory.set(id, asked);
    const [oldest] = memory.keys();
    if (memory.size > REMEMBERED_MAX && oldest !== undefined) memory.delete(oldest);
    return asked;
  };

  const causeOf = (event: Envelope, { traceparent }: OpenSpan) => ({
    correlation: event.correlationid,
    causation: event.id,
    traceparent,
  });

  const floor = one(floors, name);

  /** What is read and decided for an event, as often as its unit runs. */
  const unitOn = (
    event: Envelope,
    { event: as, handling }: EventHandler,
    span: OpenSpan,
    waits: boolean,
  ) => {
    const { load, decide } = handling;
    const { runtime } = context;
    const stamp = context.stamp(causeOf(event, span));
    const id = runtime.id();
    const position = positionOf(event);
    let opened: Incoming<unknown> | undefined;
    const given = () => {
      opened ??= incoming(event, as, context.sealer); // once: a unit that runs again sees the same event
      return opened;
    };
    return {
      given,
      needs: (prepared: unknown): Needs => ({
        'offshoot.mark': one(marks, markId(name, event.partitionkey)),
        'offshoot.floor': floor,
        ...(waits ? { 'offshoot.row': one(waiting, waitingId(name, event)) } : undefined),
        ...load?.({ event: given(), prepared }),
      }),
      decided(prepared: unknown, loaded: any): { change?: Change; value: boolean } {
        // Read with the decision: rows go when the floor rises, so neither alone is the truth.
        const last = lastOf(loaded['offshoot.mark'], loaded['offshoot.floor']);
        const row = loaded['offshoot.row'] as Document<Waiting> | undefined;
        if (waits && !row) return { value: false };
        if (!waits && !isAfter(position, last)) return { value: true };
        const unit = decide({ event: given(), prepared, loaded, at: stamp.at, id }) ?? {};
        const change = context.lower(unit, stamp);
        const done = waits
          ? remove(waiting, waitingId(name, event), row?.revision)
          : mark(name, event.partitionkey, position);
        return { change: { ...change, documents: [...change.documents, done] }, value: true };
      },
    };
  };

  const labels = { subscription: name };
  const handled = ({ id }: Envelope): void => {
    memory.delete(id);
    context.metrics.count('offshoot_events_handled_total', labels);
  };

  const handle = async (event: Envelope, span: OpenSpan, waits: boolean): Promise<boolean> => {
    const handler = handlerFor(subscription, event.type);
    if (!handler && waits)
      throw new OffshootError('INTERNAL_ERROR', `${name} handles no ${event.type} any more`);
    if (!handler) return true;
    const { prepare } = handler.handling;
    const { given, needs, decided } = unitOn(event, handler, span, waits);
    const prepared =
      prepare &&
      (await preparing.run(() => {
        const reach = context.reach(`${name}/${event.id}`, causeOf(event, span), askedBy(event));
        return prepare({ event: given() }, withNames(reach));
      }));
    const { value } = await runUnit(
      context,
      () => needs(prepared),
      (loaded) => decided(prepared, loaded),
    );
    handled(event);
    return value;
  };

  /** One run of what `handle` runs. */
  const handleNow = (
    event: Envelope,
    handler: EventHandler,
    span: OpenSpan,
  ): Promise<unknown> | undefined => {
    const { store } = context;
    const { failures } = store;
    const { needs, decided } = unitOn(event, handler, span, false);
    const loaded = loadAll(store, needs(undefined));
    if (loaded instanceof Promise) {
      needsTime = true;
      loaded.catch(() => {});
      return undefined;
    }
    const { change } = decided(undefined, loaded);
    return change ? store.stage(change, failures) : store.settled();
  };

  /** Thrown about something that happened: then the attempt counts. */
  const rethrow = async ({ id }: Envelope): Promise<void> => {
    const before = thrown.get(id);
    if (!before) return;
    thrown.delete(id);
    const { store } = context;
    await store.settled().catch(() => {});
    if (store.failures === before.failures) throw before.error;
  };

  const spanOf = ({ type, correlationid: correlation, traceparent }: Envelope) =>
    openSpan(context, `${name} on ${type}`, { correlation, traceparent });

  return {
    async deliver(event, waits = false) {
      const span = spanOf(event);
      return inSpan(span, async () => {
        await rethrow(event);
        return handle(event, span, waits);
      });
    },
    deliverNow(event) {
      const handler = handlerFor(subscription, event.type);
      if (!handler || handler.handling.prepare || needsTime) return undefined;
      const span = spanOf(event);
      try {
        const durable = handleNow(event, handler, span);
        const done = (): void => {
          span.end('ok');
          handled(event);
        };
        return durable && { durable, handled: done };
      } catch (error) {
        const isAgain = error instanceof KeyMissing || asOffshootError(error).code === 'CONFLICT';
        if (thrown.size >= REMEMBERED_MAX) thrown.clear();
        if (!isAgain) thrown.set(event.id, { error, failures: context.store.failures });
        return undefined;
      }
    },
    refuseWaiting: preparing.refuseWaiting,
    forget: ({ id }) => void memory.delete(id),
  };
}
