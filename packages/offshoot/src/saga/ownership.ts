// Which of several replicas on one store carries which sagas?
import {
  every,
  type Fence,
  type Lease,
  lease,
  leases,
  release,
  runUnit,
  type UnitContext,
} from '../store/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { elsewhere } from './elsewhere.ts';

/** What a replica owns now. */
export interface Ownership {
  /** Asked before each step: who owns a saga sends its calls. */
  owns(id: string): boolean;
  /** Go with every change of the saga: who slept too long is FENCED. */
  fencesOf(id: string): readonly Fence[];
}

/** Alone on a store one owns every saga. */
export const SOLE_OWNER: Ownership = { owns: () => true, fencesOf: () => [] };

export interface LeasedOwnership extends Ownership {
  /**
   * Takes a share, and keeps it: more when a replica goes, less when one comes. Calls `pickUp`
   * when sagas may have become this replica's own, and `wake` for one of its own that another
   * replica has begun. Resolves with the first share.
   */
  start(pickUp: () => void, wake?: (id: string, saga: string) => void): Promise<void>;
  /** Hands its share over at once: the others have it after their next look. */
  stop(): Promise<void>;
  /** Of the shards, how many are held. */
  readonly held: number;
}

export interface OwnershipOptions {
  /** This replica: no two that live have the same name. */
  readonly holder: string;
  /** Sagas are owned by the shard, so that replicas share them. The same for all. @default 16 */
  readonly shards?: number;
  /** After so long without a sign a replica's sagas are others'. Milliseconds. @default 15000 */
  readonly termMs?: number;
}

const SHARDS_DEFAULT = 16;
const TERM_MS_DEFAULT = 15_000;
const MEMBERS_MAX = 100;
const MEMBER = 'offshoot.sagas/member/';
const shardName = (shard: number) => `offshoot.sagas/shard/${shard}`;

/** FNV-1a, 32 bits (Fowler, Noll, Vo): the same shard in every process. */
function shardOf(id: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1)
    hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193) >>> 0;
  return hash % shards;
}

/** Ownership by leases of the store that the sagas are in. */
export function leasedOwnership(
  context: UnitContext & { readonly logger: Logger },
  options: OwnershipOptions,
): LeasedOwnership {
  const { runtime, logger } = context;
  const { holder, shards = SHARDS_DEFAULT, termMs = TERM_MS_DEFAULT } = options;
  const held = new Map<number, Lease>();
  const stopping = new AbortController();
  let others = 0;
  let deafen = (): void => {};
  // Replicas begin at different shards, so that they seldom ask for the same.
  const first = shardOf(holder, shards);
  const order = Array.from({ length: shards }, (_, at) => (first + at) % shards);

  /** Whether it is this replica's again: what came due while the lease had lapsed was left alone. */
  const take = async (shard: number): Promise<boolean> => {
    const taken = await lease(context, shardName(shard), holder, termMs);
    const isNew = held.get(shard)?.isHeld !== true;
    if (taken) held.set(shard, taken);
    else held.delete(shard);
    return isNew && taken !== undefined;
  };

  const members = async (): Promise<number> => {
    await lease(context, `${MEMBER}${holder}`, holder, termMs);
    const needs = () => ({ found: every(leases, { after: MEMBER, limit: MEMBERS_MAX }) });
    const { value } = await runUnit(context, needs, ({ found }) => ({ value: found }));
    const alive = ({ id, data }: (typeof value)[number]) =>
      id.startsWith(MEMBER) && data.until > runtime.now();
    return Math.max(1, value.filter(alive).length);
  };

  /** Renews what it holds, gives back what is over its share, takes what is free. */
  const look = async (): Promise<boolean> => {
    others = (await members()) - 1;
    const share = Math.ceil(shards / (others + 1));
    const renewed = await Promise.all([...held.keys()].map(take));
    for (const [shard, one] of [...held].slice(share)) {
      held.delete(shard);
      await release(context, one);
    }
    let gained = renewed.includes(true);
    for (const shard of order)
      if (!held.has(shard) && held.size < share) gained = (await take(shard)) || gained;
    // What other replicas accepted may be this one's to carry.
    return gained || others > 0;
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

  const owns = (id: string): boolean => held.get(shardOf(id, shards))?.isHeld === true;

  return {
    owns,
    fencesOf(id) {
      const one = held.get(shardOf(id, shards));
      return one ? [{ name: one.name, fence: one.fence }] : [];
    },
    async start(pickUp, wake) {
      await look();
      const onMissed = (error: unknown) =>
        logger.warn('sagas of others', { holder, error: String(error) });
      const { store } = context;
      if (wake) deafen = elsewhere({ store, isAlone: () => others === 0, owns, wake, onMissed });
      keep(pickUp).catch(() => {}); // ends with the sleep that `stop` cuts off
    },
    async stop() {
      stopping.abort(new Error('the replica hands its sagas over'));
      deafen();
      const mine = [...held.values()];
      held.clear();
      const member = await lease(context, `${MEMBER}${holder}`, holder, termMs);
      for (const one of member ? [...mine, member] : mine) await release(context, one);
    },
    get held() {
      return held.size;
    },
  };
}
