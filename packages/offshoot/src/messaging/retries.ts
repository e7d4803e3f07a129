// What becomes of a message that fails by itself, and of those behind it?
import { asOffshootError, isAvailability, OffshootError } from '../error/index.ts';
import {
  type DocumentChange,
  eachWhere,
  put,
  remove,
  runUnit,
  where,
  writeDocuments,
} from '../store/index.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { Delivery } from './delivery.ts';
import { type Envelope, positionOf } from './envelope.ts';
import { laneOf, mark, type Waiting, waiting } from './inbox.ts';
import type { Subscription } from './subscription.ts';

const IMMEDIATE_MAX = 5;
/** After the immediate attempts; then the lane is parked for a person. */
const DELAYS_MS = [10_000, 20_000, 30_000] as const;
/** Messages of one subscription that may wait; beyond it the subscription pauses. */
export const WAITING_MAX = 10_000;

export interface WaitingLine {
  /** Whether an earlier message of this key waits. */
  blocks(key: string): boolean;
  /** Writes the message behind its key's failed one: acknowledged, not handled. */
  standBehind(event: Envelope): Promise<boolean>;
  /** Tries again at once, then lets the message wait. Throws an availability error on. */
  failed(event: Envelope, error: unknown): Promise<boolean>;
  retryDue(): Promise<void>;
  recall(): Promise<void>;
}

const describe = (error: unknown) => {
  const { code, message } = asOffshootError(error);
  return `${code}: ${message}`.slice(0, 500);
};

export function retries(
  subscription: Subscription,
  context: ConsumerContext,
  { deliver, forget }: Delivery,
): WaitingLine {
  const { name } = subscription;
  const { runtime, logger } = context;
  const lanes = new Map<string, number>(); // key → messages waiting
  let count = 0;

  const stampOf = (event: Envelope) =>
    context.stamp({
      correlation: event.correlationid,
      causation: event.id,
      traceparent: event.traceparent,
    });

  const write = async (
    event: Envelope,
    attempts: number,
    reason: string,
    also: readonly DocumentChange[],
  ): Promise<void> => {
    const key = event.partitionkey;
    const delay = attempts < IMMEDIATE_MAX ? 0 : DELAYS_MS[attempts - IMMEDIATE_MAX];
    const parked = delay === undefined;
    if (parked) forget(event); // who looks at it may mend what the outside had said
    const record: Waiting = {
      subscription: name,
      lane: laneOf(name, key),
      event,
      attempts,
      state: parked ? 'parked' : 'waiting',
      due: runtime.now() + (delay ?? 0),
      reason,
    };
    const documents = [put(waiting, `${name}|${key}|${event.sequence}`, record), ...also];
    await writeDocuments(context, documents, stampOf(event));
  };

  const enter = async (event: Envelope, attempts: number, reason: string): Promise<boolean> => {
    if (count >= WAITING_MAX) {
      const message = `${name} has ${count} messages waiting; look at them first`;
      throw new OffshootError('OVERLOADED', message);
    }
    // Marked here only: a later attempt must not take the mark back below its successors.
    await write(event, attempts, reason, [mark(name, event.partitionkey, positionOf(event))]);
    lanes.set(event.partitionkey, (lanes.get(event.partitionkey) ?? 0) + 1);
    count += 1;
    return true;
  };

  const again = async (id: string, record: Waiting): Promise<boolean> => {
    try {
      return await deliver(record.event, [remove(waiting, id)]);
    } catch (error) {
      if (isAvailability(asOffshootError(error).code)) return false;
      await write(record.event, record.attempts + 1, describe(error), []);
      logger.error('message failed', {
        subscription: name,
        event: record.event.id,
        reason: describe(error),
      });
      return false;
    }
  };

  const retryLane = async (key: string): Promise<void> => {
    for (;;) {
      const needs = () => ({ found: where(waiting, 'lane', laneOf(name, key), { limit: 1 }) });
      const { value: first } = await runUnit(context, needs, ({ found }) => ({ value: found[0] }));
      if (!first) lanes.delete(key);
      if (!first || first.data.state === 'parked' || first.data.due > runtime.now()) return;
      if (!(await again(first.id, first.data))) return;
      count -= 1;
    }
  };

  return {
    blocks: (key) => lanes.has(key),
    standBehind: (event) => enter(event, 0, ''),
    async failed(event, error) {
      let failure = error;
      for (let attempts = 1; ; attempts += 1) {
        if (isAvailability(asOffshootError(failure).code)) throw failure;
        if (attempts >= IMMEDIATE_MAX) return enter(event, attempts, describe(failure));
        try {
          return await deliver(event);
        } catch (next) {
          failure = next;
        }
      }
    },
    async retryDue() {
      for (const key of [...lanes.keys()]) await retryLane(key);
    },
    async recall() {
      await eachWhere(context, waiting, 'subscription', name, ({ data }) => {
        const key = data.event.partitionkey;
        lanes.set(key, (lanes.get(key) ?? 0) + 1);
        count += 1;
      });
    },
  };
}
