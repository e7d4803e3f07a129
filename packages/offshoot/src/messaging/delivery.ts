// What happens when one event is handled: prepare, load, decide, and the mark in the same commit?
import { fromIsoTime } from '../runtime/index.ts';
import { type DocumentChange, isAfter, type Position, runUnit } from '../store/index.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { type Envelope, positionOf } from './envelope.ts';
import { lastHandled, mark } from './inbox.ts';
import type { Incoming, Subscription } from './subscription.ts';

/**
 * Handles one event and commits its mark with its effect. True when it (or an earlier delivery
 * of it) took effect durably. `also` joins the same commit.
 */
export type Delivery = (event: Envelope, also?: readonly DocumentChange[]) => Promise<boolean>;

export function delivery(subscription: Subscription, context: ConsumerContext): Delivery {
  const { name } = subscription;
  const open = (event: Envelope): Incoming<unknown> => ({
    id: event.id,
    type: event.type.replace(/\.v\d+$/, ''),
    service: subscription.service,
    key: event.partitionkey,
    at: fromIsoTime(event.time),
    position: positionOf(event),
    correlationId: event.correlationid,
    data: JSON.parse(JSON.stringify(context.sealer.open(event.data, event.id))),
  });

  return async (event, also) => {
    const handler = subscription.handlers.get(event.type);
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
    const reach = prepare && context.reach(`${name}/${event.id}`, cause);
    let opened: Incoming<unknown> | undefined;
    const given = () => {
      opened ??= open(event); // once: a unit that runs again sees the same event
      return opened;
    };
    const prepared = reach && (await prepare?.({ event: given() }, reach));
    const { value } = await runUnit(
      context,
      () => ({
        'offshoot.last': lastHandled(name, event.partitionkey),
        ...load?.({ event: given(), prepared }),
      }),
      (loaded) => {
        // Read with the decision: rows go when the floor rises, so neither alone is the truth.
        const last = loaded['offshoot.last'] as Position;
        const handled = !also && !isAfter(position, last);
        if (handled) return { value: true };
        const unit =
          decide({ event: given(), prepared, loaded: loaded as any, at: stamp.at, id }) ?? {};
        const change = context.lower(unit, stamp);
        const documents = [
          ...change.documents,
          ...(also ?? [mark(name, event.partitionkey, position)]),
        ];
        return { change: { ...change, documents }, value: true };
      },
    );
    context.metrics.count('offshoot_events_handled_total', { subscription: name });
    return value;
  };
}
