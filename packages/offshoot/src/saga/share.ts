// Which shards of the sagas of one version does this replica hold, of those that know the version?
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

/** A definition, as running sagas are pinned to it. */
export interface Pinned {
  readonly saga: string;
  readonly version: number;
}

export interface ShareOptions {
  /** This replica: no two that live have the same name. */
  readonly holder: string;
  readonly shards: number;
  readonly termMs: number;
}

/** A replica's part of the sagas of one version: more when a replica goes, less when one comes. */
export interface Share {
  owns(id: string): boolean;
  fencesOf(id: string): readonly Fence[];
  /** Renews what it holds, gives back what is over, takes what is free. True when it gained. */
  look(): Promise<boolean>;
  /** Gives back everything. */
  leave(): Promise<void>;
  /** Other replicas that know this version, as of the last look. */
  readonly others: number;
  readonly held: number;
}

const MEMBERS_MAX = 100;
export const pinnedName = ({ saga, version }: Pinned) => `${saga}/${version}`;
const memberPrefix = (pinned: Pinned) => `offshoot.sagas/${pinnedName(pinned)}/member/`;

/** How many live replicas know this version. */
export async function members(context: UnitContext, pinned: Pinned): Promise<number> {
  const prefix = memberPrefix(pinned);
  const needs = () => ({ found: every(leases, { after: prefix, limit: MEMBERS_MAX }) });
  const { value } = await runUnit(context, needs, ({ found }) => ({ value: found }));
  const alive = ({ id, data }: (typeof value)[number]) =>
    id.startsWith(prefix) && data.until > context.runtime.now();
  return value.filter(alive).length;
}

/** FNV-1a, 32 bits (Fowler, Noll, Vo): the same shard in every process. */
function shardOf(id: string, shards: number): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1)
    hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193) >>> 0;
  return hash % shards;
}

/** A share by leases of the store that the sagas are in. It holds nothing before the first look. */
export function share(context: UnitContext, pinned: Pinned, options: ShareOptions): Share {
  const { holder, shards, termMs } = options;
  const held = new Map<number, Lease>();
  let others = 0;
  const member = () => lease(context, `${memberPrefix(pinned)}${holder}`, holder, termMs);
  const shardName = (shard: number) => `offshoot.sagas/${pinnedName(pinned)}/shard/${shard}`;
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

  return {
    owns: (id) => held.get(shardOf(id, shards))?.isHeld === true,
    fencesOf(id) {
      const one = held.get(shardOf(id, shards));
      return one ? [{ name: one.name, fence: one.fence }] : [];
    },
    async look() {
      await member();
      const all = Math.max(1, await members(context, pinned));
      others = all - 1;
      const most = Math.ceil(shards / all);
      const renewed = await Promise.all([...held.keys()].map(take));
      for (const [shard, one] of [...held].slice(most)) {
        held.delete(shard);
        await release(context, one);
      }
      let gained = renewed.includes(true);
      for (const shard of order)
        if (!held.has(shard) && held.size < most) gained = (await take(shard)) || gained;
      return gained;
    },
    async leave() {
      const mine = [...held.values()];
      held.clear();
      const own = await member();
      for (const one of own ? [...mine, own] : mine) await release(context, one);
    },
    get others() {
      return others;
    },
    get held() {
      return held.size;
    },
  };
}
