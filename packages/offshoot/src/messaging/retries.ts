// What becomes of a message that fails by itself, and of those behind it?
import { asOffshootError, isAvailability, OffshootError } from '../error/index.ts';
import {
  type Document,
  type DocumentChange,
  eachWhere,
  one,
  put,
  runUnit,
  type Stamp,
  where,
  writeDocuments,
} from '../store/index.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { Delivery } from './delivery.ts';
import { type Envelope, positionOf } from './envelope.ts';
import { failureOf } from './failure.ts';
import { laneOf, mark, type Waiting, waiting, waitingId } from './inbox.ts';
import type { Subscription } from './subscription.ts';

const IMMEDIATE_MAX = 5;
/** After the immediate attempts; then the lane is parked for a person. */
const DELAYS_MS = [10_000, 20_000, 30_000] as const;
/** Lanes that are tried again at once. */
const LANES_MAX = 16;
/** Between tries while a dependency is away, growing. */
const AWAY_MS_MIN = 250;
const AWAY_MS_MAX = 10_000;
const PARKED = Number.POSITIVE_INFINITY;

export interface WaitingLine {
  /** Messages that wait, parked ones included. */
  readonly size: number;
  /** Keys that wait for a person. */
  readonly parkedKeys: number;
  /** Why nothing more may wait; '' while there is room. */
  readonly fullness: string;
  /** Whether an earlier message of this key waits. */
  blocks(key: string): boolean;
  /** Writes the message behind its key's failed one: acknowledged, not handled. */
  standBehind(event: Envelope): Promise<boolean>;
  /** Tries again at once, then lets the message wait. Throws an availability error on. */
  failed(event: Envelope, error: unknown): Promise<boolean>;
  /** Tries what is due; true while anything waits for its time. */
  retryDue(): Promise<boolean>;
  recall(): Promise<void>;
  /** A person let messages of this key be tried again, or took `gone` of them away. */
  look(key: string, gone?: number): Promise<void>;
}

const dueOf = ({ state, due }: Waiting) => (state === 'parked' ? PARKED : due);

export function retries(
  subscription: Subscription,
  context: ConsumerContext,
  { deliver, forget }: Delivery,
  wake: () => void,
): WaitingLine {
  const { name, waitingMax } = subscription;
  const { runtime, logger, metrics, service } = context;
  const labels = { service, subscription: name };
  const lanes = new Map<string, number>(); // key → when its first message is due
  const atWork = new Set<string>();
  let size = 0;
  let parkedKeys = 0;
  let awayMs = AWAY_MS_MIN;
  let awayUntil = 0;

  const stampOf = (event: Envelope): Stamp =>
    context.stamp({
      correlation: event.correlationid,
      causation: event.id,
      traceparent: event.traceparent,
    });

  const measure = (): void => {
    metrics.gauge('offshoot_waiting_messages', size, labels);
    metrics.gauge('offshoot_parked_keys', parkedKeys, labels);
  };

  const setDue = (key: string, due: number | undefined): void => {
    if (lanes.get(key) === PARKED) parkedKeys -= 1;
    if (due === PARKED) parkedKeys += 1;
    if (due === undefined) lanes.delete(key);
    else lanes.set(key, due);
    if (due !== undefined && due !== PARKED) wake();
    measure();
  };

  /** The row after so many attempts, the last of which failed with `error`. */
  const rowAfter = (event: Envelope, attempts: number, since: number, error: unknown): Waiting => {
    const delay = attempts < IMMEDIATE_MAX ? 0 : DELAYS_MS[attempts - IMMEDIATE_MAX];
    const parked = delay === undefined;
    const now = runtime.now();
    const failed =
      attempts > 0
        ? failureOf(`${service}/${name}`, event, asOffshootError(error), runtime)
        : undefined;
    const { reason = '', fingerprint = '' } = failed ?? {};
    if (parked) forget(event); // who looks at it may mend what the outside had said
    if (failed) {
      logger.error(parked ? 'message parked' : 'message failed', {
        ...{ subscription: name, event: event.id, fingerprint, reason, attempts },
      });
      if (parked) metrics.count('offshoot_messages_parked_total', labels);
    }
    return {
      ...{ subscription: name, lane: laneOf(name, event.partitionkey), message: event.id, event },
      ...{ attempts, state: parked ? 'parked' : 'waiting', due: now + (delay ?? 0) },
      ...{ reason, fingerprint, since, triedAt: now },
    };
  };

  /** A row of a release that knew no fingerprints. */
  const named = (row: Waiting): Waiting => {
    const { event, due, reason } = row;
    const [code = '', message = ''] = reason.split(/: (.*)/s);
    const failed =
      reason === ''
        ? undefined
        : failureOf(`${service}/${name}`, event, { code, message }, runtime);
    const { fingerprint = '' } = failed ?? {};
    return { ...row, message: event.id, fingerprint, since: due, triedAt: due };
  };

  const fullness = (): string =>
    size < waitingMax
      ? ''
      : `${name} has ${size} messages waiting, as many as may: offshoot dlq ls --service ${service} --subscription ${name}`;

  const enter = async (event: Envelope, attempts: number, error?: unknown): Promise<boolean> => {
    if (fullness() !== '') throw new OffshootError('OVERLOADED', fullness());
    size += 1; // before the write: many may come at once
    const row = rowAfter(event, attempts, runtime.now(), error);
    // Marked here only: a later attempt must not take the mark back below its successors.
    const documents: DocumentChange[] = [
      put(waiting, waitingId(name, event), row),
      mark(name, event.partitionkey, positionOf(event)),
    ];
    try {
      await writeDocuments(context, documents, stampOf(event));
    } catch (failure) {
      size -= 1;
      throw failure;
    }
    if (!lanes.has(event.partitionkey)) setDue(event.partitionkey, dueOf(row));
    measure();
    return true;
  };

  const failedAgain = async ({ id, data }: Document<Waiting>, error: unknown): Promise<void> => {
    const row = rowAfter(data.event, data.attempts + 1, data.since, error);
    await runUnit(
      context,
      () => ({ found: one(waiting, id) }),
      ({ found }) => {
        if (!found) return { value: undefined }; // discarded meanwhile
        const documents = [put(waiting, id, row, found.revision)];
        const change = { appends: [], documents, stamp: stampOf(data.event) };
        return { change, value: undefined };
      },
    );
  };

  /** Throws only what says nothing about the message. */
  const again = async (row: Document<Waiting>): Promise<void> => {
    try {
      if (await deliver(row.data.event, true)) size -= 1;
      awayMs = AWAY_MS_MIN;
    } catch (error) {
      if (isAvailability(asOffshootError(error).code)) throw error;
      await failedAgain(row, error);
    }
  };

  const headOf = async (key: string): Promise<Document<Waiting> | undefined> => {
    const needs = () => ({ found: where(waiting, 'lane', laneOf(name, key), { limit: 1 }) });
    return (await runUnit(context, needs, ({ found }) => ({ value: found[0] }))).value;
  };

  /** Handles what is due of a key, in order, until something is not or fails. */
  const retryLane = async (key: string): Promise<void> => {
    if (atWork.has(key)) return;
    atWork.add(key);
    try {
      for (;;) {
        const head = await headOf(key);
        setDue(key, head && dueOf(head.data));
        if (!head || dueOf(head.data) > runtime.now()) return;
        await again(head);
      }
    } finally {
      atWork.delete(key);
    }
  };

  const rest = (error: unknown): void => {
    const { code, message } = asOffshootError(error);
    if (!isAvailability(code)) throw error;
    if (runtime.now() < awayUntil) return;
    awayUntil = runtime.now() + awayMs;
    awayMs = Math.min(2 * awayMs, AWAY_MS_MAX);
    logger.warn('retries wait', { subscription: name, code, reason: message });
  };

  return {
    get size() {
      return size;
    },
    get parkedKeys() {
      return parkedKeys;
    },
    get fullness() {
      return fullness();
    },
    blocks: (key) => lanes.has(key),
    standBehind: (event) => enter(event, 0),
    async failed(event, error) {
      let failure = error;
      for (let attempts = 1; ; attempts += 1) {
        if (isAvailability(asOffshootError(failure).code)) throw failure;
        if (attempts >= IMMEDIATE_MAX) return enter(event, attempts, failure);
        try {
          return await deliver(event);
        } catch (next) {
          failure = next;
        }
      }
    },
    async retryDue() {
      if (runtime.now() < awayUntil) return lanes.size > parkedKeys;
      const due = [...lanes].flatMap(([key, at]) => (at <= runtime.now() ? [key] : []));
      const next = async (): Promise<void> => {
        for (let key = due.pop(); key !== undefined; key = due.pop()) await retryLane(key);
      };
      // The first that meets an absent dependency speaks for all.
      const workers = Array.from({ length: LANES_MAX }, () =>
        next().catch((error: unknown) => {
          due.length = 0;
          rest(error);
        }),
      );
      await Promise.all(workers);
      return lanes.size > parkedKeys;
    },
    async recall() {
      lanes.clear();
      size = 0;
      const old: Document<Waiting>[] = [];
      await eachWhere(context, waiting, 'subscription', name, (row) => {
        const key = row.data.event.partitionkey;
        if (!lanes.has(key)) setDue(key, dueOf(row.data));
        if (row.data.message === undefined) old.push(row);
        size += 1;
      });
      for (const { id, data } of old)
        await writeDocuments(context, [put(waiting, id, named(data))], stampOf(data.event));
      measure();
    },
    async look(key, gone = 0) {
      size -= gone;
      const head = await headOf(key);
      setDue(key, head && dueOf(head.data));
      measure();
    },
  };
}
