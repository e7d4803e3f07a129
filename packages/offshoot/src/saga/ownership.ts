// Which of several replicas on one store carries which sagas, also when they are of two releases?
import type { Fence, UnitContext } from '../store/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { elsewhere } from './elsewhere.ts';
import { members, type Pinned, pinnedName, share } from './share.ts';

/** What a replica owns now. */
export interface Ownership {
  /** Asked before each step: who owns a saga sends its calls. */
  owns(id: string, pinned: Pinned): boolean;
  /** Go with every change of the saga: who slept too long is FENCED. */
  fencesOf(id: string, pinned: Pinned): readonly Fence[];
  /** Whether no replica that lives knows this version: then whoever sees such a saga says so. */
  isAbandoned(pinned: Pinned): Promise<boolean>;
}

/** Alone on a store one owns every saga. */
export const SOLE_OWNER: Ownership = {
  owns: () => true,
  fencesOf: () => [],
  isAbandoned: async () => true,
};

export interface LeasedOwnership extends Ownership {
  /**
   * Takes a share of each version, and keeps it: more when a replica goes, less when one comes.
   * Calls `pickUp` when sagas may have become this replica's own, and `wake` for one of its own
   * that another replica has begun. Resolves with the first share.
   */
  start(pickUp: () => void, wake?: (id: string, saga: string) => void): Promise<void>;
  /** Hands its share over at once: the others have it after their next look. */
  stop(): Promise<void>;
  /** Of the shards of all versions, how many are held. */
  readonly held: number;
}

export interface OwnershipOptions {
  /** This replica: no two that live have the same name. */
  readonly holder: string;
  /**
   * The versions that this replica knows. Each is shared among those that know it: so a release
   * leaves the sagas of the next one, which run beside it, to the replicas of that release.
   */
  readonly definitions: readonly { readonly name: string; readonly version: number }[];
  /** Sagas are owned by the shard, so that replicas share them. The same for all. @default 16 */
  readonly shards?: number;
  /** After so long without a sign a replica's sagas are others'. Milliseconds. @default 15000 */
  readonly termMs?: number;
}

const SHARDS_DEFAULT = 16;
const TERM_MS_DEFAULT = 15_000;
const NONE: readonly never[] = [];

/** Ownership by leases of the store that the sagas are in. */
export function leasedOwnership(
  context: UnitContext & { readonly logger: Logger },
  options: OwnershipOptions,
): LeasedOwnership {
  const { runtime, logger, store } = context;
  const { holder, definitions, shards = SHARDS_DEFAULT, termMs = TERM_MS_DEFAULT } = options;
  const pinned = definitions.map(({ name, version }) => ({ saga: name, version }));
  const shares = new Map(
    pinned.map((one) => [pinnedName(one), share(context, one, { holder, shards, termMs })]),
  );
  const all = [...shares.values()];
  const shareOf = (of: Pinned) => shares.get(pinnedName(of));
  const owns = (id: string, of: Pinned) => shareOf(of)?.owns(id) === true;
  const isAlone = () => all.every(({ others }) => others === 0);
  const stopping = new AbortController();
  let deafen = (): void => {};

  const look = async (): Promise<boolean> => {
    const gained = await Promise.all(all.map((one) => one.look()));
    // What other replicas accepted may be this one's to carry.
    return gained.includes(true) || !isAlone();
  };

  const keep = async (pickUp: () => void): Promise<void> => {
    while (!stopping.signal.aborted) {
      await runtime.sleep(termMs / 3, stopping.signal);
      try {
        if (await look()) pickUp();
      } catch (error) {
        logger.warn('leases of sagas', { holder, error: String(error) });
      }
    }
  };

  return {
    owns,
    fencesOf: (id, of) => shareOf(of)?.fencesOf(id) ?? NONE,
    isAbandoned: async (of) => (await members(context, of)) === 0,
    async start(pickUp, wake) {
      await look();
      const onMissed = (error: unknown) =>
        logger.warn('sagas of others', { holder, error: String(error) });
      if (wake) deafen = elsewhere({ store, isAlone, owns, wake, onMissed });
      keep(pickUp).catch(() => {}); // ends with the sleep that `stop` cuts off
    },
    async stop() {
      stopping.abort(new Error('the replica hands its sagas over'));
      deafen();
      await Promise.all(all.map((one) => one.leave()));
    },
    get held() {
      return all.reduce((sum, one) => sum + one.held, 0);
    },
  };
}
