// Which events of a page are handled together, in one turn, for one flush?
import { OffshootError } from '../error/index.ts';
import { isAfter, later, type Position, type Store } from '../store/index.ts';
import type { Delivered, Delivery } from './delivery.ts';
import { type Envelope, positionOf, previousOf } from './envelope.ts';
import { handlerFor, type Subscription } from './subscription.ts';

const DURABLE = Promise.resolve(true);

export interface Together {
  /** Handles of a page what it can, in order, and says what it left. */
  take(events: readonly Envelope[]): Taken;
  /** Resolves when nothing of this key that was taken waits for a flush; never rejects. */
  pending(key: string): Promise<unknown> | undefined;
}

export interface Taken {
  /** To be handled one by one: behind what was taken of its key, never before it is durable. */
  readonly left: readonly Envelope[];
  /** Resolves with none when what was taken is durable, with all of the page when it is lost. */
  readonly lost: Promise<readonly Envelope[]>;
}

export interface TogetherOptions {
  readonly subscription: Subscription;
  readonly store: Store;
  readonly deliverNow: Delivery['deliverNow'];
  /** The position up to which this key is handled, durably. */
  readonly known: (key: string) => Position;
  /** Whether nothing of this key is handled alone, or waits. */
  readonly isFree: (key: string) => boolean;
  /** An event that was taken is durably handled. */
  readonly onHandled: (event: Envelope, isFiltered: boolean) => void;
}

/** What one page gave to be handled together: true when it is durable, false when it is lost. */
interface Batch {
  done: Promise<boolean>;
}

/** An event that was taken; without a delivery nobody here wanted it. */
interface Part {
  readonly event: Envelope;
  readonly delivered: Delivered | undefined;
}

interface Staged {
  readonly last: Position;
  readonly batch: Batch;
}

/**
 * Of a key it takes what follows on what is handled or was taken before; the first that does not,
 * or cannot be handled in the turn, is left, and all behind it. What was staged is known in memory
 * only until its flush, and forgotten when a flush fails.
 */
export function together(options: TogetherOptions): Together {
  const { subscription, store, deliverNow, known, isFree, onHandled } = options;
  const staged = new Map<string, Staged>();
  let basis = store.failures;

  const lastOf = (key: string): Position => {
    const taken = staged.get(key);
    return taken ? later(taken.last, known(key)) : known(key);
  };

  /** What has to be durable for this event to be done; undefined when it has to be left. */
  const handle = (event: Envelope): Delivered | 'filtered' | 'repeat' | undefined => {
    const key = event.partitionkey;
    if (store.failures !== basis || !isFree(key)) return undefined;
    const last = lastOf(key);
    if (!isAfter(positionOf(event), last)) return 'repeat';
    const previous = previousOf(event);
    if (previous && isAfter(previous, last)) return undefined;
    return handlerFor(subscription, event.type) ? deliverNow(event) : 'filtered';
  };

  /** Whoever repeats what another page gave is done with it. */
  const doneWith = async ({ done }: Batch): Promise<void> => {
    if (!(await done)) throw new OffshootError('CONFLICT', 'the store could not flush');
  };

  const settle = async (batch: Batch, page: readonly Part[], flushes: Promise<unknown>[]) => {
    const isDurable = await Promise.all(flushes).then(
      () => true,
      () => false,
    );
    for (const { event, delivered } of page) {
      if (isDurable) delivered?.handled();
      if (isDurable) onHandled(event, delivered === undefined);
      const key = event.partitionkey;
      if (staged.get(key)?.batch === batch) staged.delete(key);
    }
    return isDurable;
  };

  return {
    pending: (key) => staged.get(key)?.batch.done,
    take(events) {
      if (store.failures !== basis) staged.clear();
      basis = store.failures;
      const batch: Batch = { done: DURABLE };
      const taken: Part[] = [];
      const left: Envelope[] = [];
      const held = new Set<string>();
      const flushes: Promise<unknown>[] = [];
      for (const event of events) {
        const key = event.partitionkey;
        const outcome = held.has(key) ? undefined : handle(event);
        if (outcome === undefined) {
          held.add(key);
          left.push(event);
          continue;
        }
        const delivered = typeof outcome === 'string' ? undefined : outcome;
        if (delivered) flushes.push(delivered.durable);
        // What nobody handles is as lost as what it follows on: else that would look handled.
        const before = staged.get(key)?.batch;
        if (!delivered && before && before !== batch) flushes.push(doneWith(before));
        if (outcome === 'repeat') continue;
        staged.set(key, { last: positionOf(event), batch });
        taken.push({ event, delivered });
      }
      if (taken.length + flushes.length > 0) batch.done = settle(batch, taken, flushes);
      const lost = batch.done.then((isDurable) => (isDurable ? [] : [...events]));
      return { left, lost };
    },
  };
}
