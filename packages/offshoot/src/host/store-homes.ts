// Which adapter has the store of a service, and how does a move that a crash interrupted end?
import { OffshootError } from '../error/index.ts';
import type { Folder } from '../runtime/node/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { type Placements, placements, shown } from './placements.ts';
import { sqliteStores } from './sqlite-stores.ts';
import type { StoreAdapter, StorePlace, Topology } from './topology.ts';

export interface Home {
  readonly adapter: StoreAdapter;
  /** What a person typed; undefined: what the topology says. */
  readonly address: string | undefined;
}

export interface StoreHomes {
  readonly placements: Placements;
  /** Where the store of a service is. */
  of(service: string): Home;
  /** What an address means. @throws BAD_SETTING when no adapter of the topology knows it. */
  at(address: string | undefined): Home;
  /** Whether a store of this host can move at all. */
  readonly canMove: boolean;
}

const kindOf = (address: string): string => {
  const [scheme = ''] = address.split(':');
  return scheme === 'postgresql' ? 'postgres' : scheme;
};

export function storeHomes(topology: Topology, folder: Folder): StoreHomes {
  const { store, destinations = [] } = topology;
  const files = sqliteStores(folder);
  const usual = 'open' in store ? store : files;
  const adapters = [usual, files, ...destinations];
  const known = placements(folder);
  const at = (address: string | undefined): Home => {
    if (address === undefined) return { adapter: usual, address };
    const adapter = adapters.find(({ kind }) => kind === kindOf(address));
    if (adapter) return { adapter, address };
    const kinds = [...new Set(adapters.map(({ kind }) => kind))].join(', ');
    throw new OffshootError(
      'BAD_SETTING',
      `this topology has no stores at '${shown(address)}', only ${kinds}: name its adapter in 'destinations'`,
    );
  };
  return {
    placements: known,
    at,
    of: (service) => at(known.of(service).store),
    canMove: usual !== files || destinations.length > 0,
  };
}

/** The place of a service's store in one of its homes. */
export const placeIn = (place: StorePlace, { address }: Home): StorePlace =>
  address === undefined ? place : { ...place, address };

/**
 * Ends a move that a crash interrupted. If the source is not sealed it is the store; else the target is
 * asked, and when it has not taken the store it never will, and the source is unsealed.
 * @throws UNAVAILABLE when the source is sealed and the target cannot be asked: then nobody may write.
 */
export async function finishMove(homes: StoreHomes, place: StorePlace, logger?: Logger) {
  const { service } = place;
  const { store, moving } = homes.placements.of(service);
  if (!moving) return;
  const [from, to] = [homes.at(store), homes.at(moving.to)];
  const [left, reached] = [placeIn(place, from), placeIn(place, to)];
  const stay = store === undefined ? {} : { store };
  const { id } = moving;
  if (!(await from.adapter.moves?.isSealed(left, id))) {
    await to.adapter.moves?.took(reached, id).catch(() => {}); // clears what is half there, if it can
    homes.placements.set(service, stay);
    logger?.warn('a move was interrupted: the store is where it was', { service });
    return;
  }
  if (await asked(service, moving.to, () => to.adapter.moves!.took(reached, id))) {
    homes.placements.set(service, { store: moving.to });
    logger?.warn('a move was interrupted: the store has moved', { service, to: shown(moving.to) });
    return;
  }
  await from.adapter.moves!.unseal(left, id);
  homes.placements.set(service, stay);
  logger?.warn('a move was interrupted: the store is where it was', { service });
}

async function asked(service: string, to: string, ask: () => Promise<boolean>): Promise<boolean> {
  try {
    return await ask();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `the store of ${service} was moving to ${shown(to)}, and whether it is there cannot be asked (${reason}): start again when it can`;
    throw new OffshootError('UNAVAILABLE', message, { cause });
  }
}
