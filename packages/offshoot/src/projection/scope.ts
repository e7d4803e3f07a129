// How do handlers read and write rows without knowing which copy of them?
import { OffshootError } from '../error/index.ts';
import {
  type Attempt,
  andThen,
  type Change,
  type Collection,
  type DocumentChange,
  loadAll,
  type Need,
  type Needs,
  one,
  type Store,
} from '../store/index.ts';
import { places } from './place.ts';
import { copyOf, type Projection, type Slot } from './projection.ts';

type Other = Extract<Need<any>, { readonly kind: 'stream' | 'clock' }>;
type Leaf = Extract<Need<any>, { readonly collection: Collection<any> }>;

/** The same need with every read of documents replaced. */
export function replaced(
  need: Need<any>,
  leaf: (need: Leaf) => Need<any>,
  other: (need: Other) => Need<any>,
): Need<any> {
  switch (need.kind) {
    case 'then': {
      const { first, next } = need;
      return {
        kind: 'then',
        first: replaced(first, leaf, other),
        next: (value) => replaced(next(value), leaf, other),
      };
    }
    case 'map':
      return { kind: 'map', first: replaced(need.first, leaf, other), change: need.change };
    case 'stream':
    case 'clock':
      return other(need);
    default:
      return leaf(need);
  }
}

/** The projections whose rows are read for `needs`, found by reading them. */
export async function projectionsIn(
  needs: Needs,
  store: Store,
  projections: readonly Projection[],
): Promise<readonly string[]> {
  const owners = ownersOf(projections);
  const touched = new Set<string>();
  if (owners.size === 0) return [];
  const leaf = (need: Leaf): Need<any> => {
    const owner = owners.get(need.collection);
    if (owner !== undefined) touched.add(owner);
    return need;
  };
  const seen = Object.entries(needs).map(([name, need]) => [
    name,
    replaced(need, leaf, (other) => other),
  ]);
  await loadAll(store, Object.fromEntries(seen));
  return [...touched];
}

function ownersOf(projections: readonly Projection[]): Map<Collection<any>, string> {
  const owners = new Map<Collection<any>, string>();
  for (const { name, collections } of projections)
    for (const one of collections) owners.set(one, name);
  return owners;
}

/** Changes what a store, and each attempt at a unit, does with needs and changes; nothing else. */
function changed(store: Store, how: (of: Attempt) => Attempt): Store {
  const attempt = store.attempt && {
    attempt: () => {
      const own = store.attempt!();
      return { ...own, ...how(own) };
    },
  };
  return Object.assign(Object.create(store) as Store, how(store), attempt);
}

/**
 * The store as everybody but the projections sees it: rows of a projection are those of its live
 * copy, looked up with each read, so that a switch is seen at once and never in halves.
 */
export function liveStore(store: Store, projections: readonly Projection[]): Store {
  const owners = ownersOf(projections);
  if (owners.size === 0) return store;
  const leaf = (need: Leaf): Need<any> => {
    const owner = owners.get(need.collection);
    if (owner === undefined) return need;
    return andThen(one(places, owner), (found) => ({
      ...need,
      collection: copyOf(need.collection, found?.data.live.slot ?? 'a'),
    }));
  };
  return changed(store, (of) => ({
    load: (need) => of.load(replaced(need, leaf, (other) => other)),
    stage(change, basis) {
      for (const { collection } of change.documents)
        if (owners.has(collection)) throw foreign(`only its projection writes ${collection.name}`);
      return of.stage(change, basis);
    },
  }));
}

const foreign = (message: string) => new OffshootError('INTERNAL_ERROR', message);

/** What a projector may touch: its own rows, in one slot. */
export interface RowScope {
  need(need: Need<any>): Need<any>;
  documents(change: Pick<Change, 'appends' | 'documents'>): DocumentChange[];
}

export function rowScope({ name, collections }: Projection, slot: Slot): RowScope {
  const own = new Map(collections.map((one) => [one.name, copyOf(one, slot)]));
  const copy = (of: Collection<any>): Collection<any> => {
    const found = own.get(of.name);
    if (found) return found;
    if (of.name.startsWith('offshoot.')) return of; // the inbox, in the same commit
    throw foreign(`projection ${name} touches ${of.name}, which is not among its collections`);
  };
  const other = ({ kind }: Other): never => {
    throw foreign(`projection ${name} reads a ${kind}: rows are made from events alone`);
  };
  return {
    need: (need) =>
      replaced(need, (leaf) => ({ ...leaf, collection: copy(leaf.collection) }), other),
    documents({ appends, documents }) {
      if (appends.length > 0)
        throw foreign(`projection ${name} appends events: it would again with every rebuild`);
      return documents.map((change) => ({ ...change, collection: copy(change.collection) }));
    },
  };
}

/** A store for the consumers of one copy, with a gate: once closed, nothing more is staged. */
export function rowStore(store: Store, scope: RowScope, isOpen: () => boolean): Store {
  return changed(store, (of) => ({
    load: (need) => of.load(scope.need(need)),
    stage(change, basis) {
      if (!isOpen()) throw new OffshootError('DRAINING', 'other rows take the place of these');
      return of.stage({ ...change, appends: [], documents: scope.documents(change) }, basis);
    },
  }));
}
