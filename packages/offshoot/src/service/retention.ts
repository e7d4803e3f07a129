// How does what has ended go, without getting in anybody's way?
import {
  andThen,
  type Collection,
  clock,
  ended,
  map,
  remove,
  runUnit,
  type Stamp,
  type UnitContext,
} from '../store/index.ts';
import type { Logger } from '../telemetry/index.ts';

/** How long nothing is looked at: longer and longer while nothing has ended. */
const REST_MS_MIN = 60_000;
const REST_MS_MAX = 3_600_000;
/** Between two batches while there is more: others have their turns in between. */
const PAUSE_MS = 25;
const BATCH = 100; // of each collection, in one unit
/** What has just ended may still be on somebody's mind: clocks run apart, calls are on their way. */
const GRACE_MS = 60_000;

const SELF = 'offshoot.retention';

export interface Retention {
  start(): void;
  stop(): void;
}

export interface RetentionContext extends UnitContext {
  readonly service: string;
  readonly logger: Logger;
  stamp(cause: {
    readonly correlation: string;
    readonly causation: string;
    readonly traceparent: string;
  }): Stamp;
}

/**
 * Deletes the documents of collections that say when theirs end (`ends`), a minute or more after
 * their end by the store's clock: 100 of each collection in a unit of its own, at most 40 of these
 * a second; where nothing ends, it looks less and less often, down to once an hour.
 */
export function retention(
  collections: readonly Collection<any>[],
  context: RetentionContext,
): Retention {
  const { runtime, logger, metrics } = context;
  const ending = collections.filter(({ ends }) => ends !== undefined);
  let stopped = false;
  let cancel = () => {};

  let restMs = REST_MS_MIN;

  /** Deletes a batch of each collection; how long to rest then. */
  const sweep = async (): Promise<number> => {
    const gone = await deleteBatches(ending, context);
    for (const [name, count] of gone)
      metrics.count('offshoot_documents_ended_total', { collection: name }, count);
    if (gone.size === 0) restMs = Math.min(restMs * 2, REST_MS_MAX);
    else restMs = REST_MS_MIN;
    return [...gone.values()].includes(BATCH) ? PAUSE_MS : restMs;
  };

  const again = (ms: number): void => {
    cancel = runtime.after(ms, () => {
      sweep().then(
        (rest) => stopped || again(rest),
        (error: unknown) => {
          logger.warn('retention paused', { error: String(error) });
          if (!stopped) again(REST_MS_MAX);
        },
      );
    });
  };

  return {
    start() {
      if (ending.length > 0) again(REST_MS_MIN);
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}

/** One unit for all: the names of those of which some went, and how many. */
async function deleteBatches(
  all: readonly Collection<any>[],
  context: RetentionContext,
): Promise<ReadonlyMap<string, number>> {
  const needs = () => Object.fromEntries(all.map((one) => [one.name, overNow(one)]));
  const cause = { correlation: SELF, causation: SELF, traceparent: '' };
  const { value } = await runUnit(context, needs, (over) => {
    // At the revision that was read: one that was written anew since has not ended.
    const documents = all.flatMap((one) =>
      over[one.name]!.map(({ id, revision }) => remove(one, id, revision)),
    );
    const gone = new Map<string, number>();
    for (const { collection } of documents)
      gone.set(collection.name, (gone.get(collection.name) ?? 0) + 1);
    if (gone.size === 0) return { value: gone };
    return { change: { appends: [], documents, stamp: context.stamp(cause) }, value: gone };
  });
  return value;
}

const overNow = (of: Collection<any>) =>
  andThen(
    map(clock(), (now) => now - GRACE_MS),
    (before) => ended(of, before, BATCH),
  );
