// What becomes of an item of a queue that no worker can do?
import type { OffshootError } from '../error/index.ts';
import { isoTime } from '../runtime/index.ts';
import {
  type DocumentChange,
  eachWhere,
  formatPosition,
  one,
  put,
  remove,
  runUnit,
  START,
} from '../store/index.ts';
import { type DeadLetters, deadLetters } from './dead-letters.ts';
import { type Envelope, sourceOf } from './envelope.ts';
import { failureOf } from './failure.ts';
import { laneOf, type Waiting, waiting, waitingId } from './inbox.ts';
import { type Queue, type WorkItem, work, workId } from './queue.ts';
import type { Subscription } from './subscription.ts';
import type { WorkerContext } from './worker-context.ts';

/** Items of a queue among the dead letters, as messages `<queue>.v1` whose key is the item's id. */
export interface ParkedItems {
  /** `queue/<name>` */
  readonly name: string;
  readonly waiting: { readonly messages: number; readonly parkedKeys: number };
  readonly deadLetters: DeadLetters;
  row(item: WorkItem, error: OffshootError): DocumentChange;
  /** The row of an item is durable. */
  added(): void;
  recall(): Promise<void>;
}

export function parkedItems(
  queue: Queue,
  context: WorkerContext,
  onReadmitted: () => void,
): ParkedItems {
  const { runtime, service } = context;
  const name = `queue/${queue.name}`;
  const type = `${queue.name}.v1`;
  let messages = 0;

  const envelopeOf = (item: WorkItem): Envelope => ({
    specversion: '1.0',
    id: item.id,
    source: sourceOf(service),
    type,
    subject: item.id,
    time: isoTime(item.sentAt),
    datacontenttype: 'application/json',
    partitionkey: item.id,
    sequence: formatPosition(START),
    correlationid: item.correlation,
    causationid: item.causation,
    traceparent: item.traceparent,
    data: item.input,
  });

  const measure = (change: number): void => {
    messages += change;
    context.metrics.gauge('offshoot_parked_keys', messages, { service, subscription: name });
  };

  /** The item of a row that a person released, back among the others. */
  const readmit = async (id: string): Promise<boolean> => {
    const needs = () => ({ row: one(waiting, id) });
    const { value } = await runUnit(context, needs, ({ row }) => {
      if (row?.data.state !== 'waiting') return { value: false };
      const { event, attempts, since } = row.data;
      const { correlationid: correlation, causationid: causation, traceparent } = event;
      const cause = { correlation, causation, traceparent };
      const state = { due: runtime.now(), attempts, away: 0, sentAt: since };
      const item = { queue: queue.name, id: event.id, input: event.data, ...state, ...cause };
      const documents = [remove(waiting, id, row.revision), put(work, workId(item), item)];
      return { change: { appends: [], documents, stamp: context.stamp(cause) }, value: true };
    });
    if (value) onReadmitted();
    return value;
  };

  const line = {
    async look(key: string, gone = 0): Promise<void> {
      const id = waitingId(name, envelopeOf({ id: key, sentAt: 0 } as WorkItem));
      const isBack = await readmit(id);
      measure(-gone - (isBack ? 1 : 0));
    },
  };

  const handled = { event: { type: queue.name, version: 1 }, handling: {} };
  const handlers = new Map([[type, handled]]) as unknown as Subscription['handlers'];

  return {
    name,
    deadLetters: deadLetters({ name, handlers }, context, line),
    get waiting() {
      return { messages, parkedKeys: messages };
    },
    row(item, error) {
      const envelope = envelopeOf(item);
      const now = runtime.now();
      const row: Waiting = {
        ...{ subscription: name, lane: laneOf(name, item.id), message: item.id, event: envelope },
        ...{ attempts: item.attempts, state: 'parked', due: now, since: item.sentAt, triedAt: now },
        ...failureOf(`${service}/${name}`, envelope, error, runtime),
      };
      return put(waiting, waitingId(name, envelope), row);
    },
    added: () => measure(1),
    async recall() {
      const released: string[] = [];
      messages = 0;
      await eachWhere(context, waiting, 'subscription', name, ({ id, data }) => {
        measure(1);
        if (data.state === 'waiting') released.push(id);
      });
      for (const id of released) if (await readmit(id)) measure(-1);
    },
  };
}
