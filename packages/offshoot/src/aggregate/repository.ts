// How does a service find and save its aggregates, for those who think in repositories?

import type { EventValue } from '../contract/index.ts';
import {
  type Append,
  andThen,
  append,
  type Collection,
  collection,
  type DocumentChange,
  map,
  type Need,
  put,
  type WhereOptions,
  where,
} from '../store/index.ts';
import { type Folding, fold, state } from './decider.ts';
import { type Remembered, type SnapshotPolicy, snapshots } from './snapshot.ts';

/** What the aggregates can be found by, and how the value is had from the state. */
export type Finding<State, Field extends string> = Readonly<
  Record<Field, (state: State) => string | number | null>
>;

export interface RepositoryOptions<State, Field extends string> {
  /** The noun: streams are `<name>/<id>`. */
  readonly name: string;
  /** `{ customerId: (order) => order.customerId }` gives `findByCustomerId`. @default none */
  readonly find?: Finding<State, Field>;
  /** @default none: every load reads the whole stream */
  readonly snapshots?: Omit<SnapshotPolicy<State>, 'name'>;
}

/** An aggregate as it was loaded: what `save` needs to say which one, and at which version. */
export interface Kept<State> extends Remembered<State> {
  readonly id: string;
}

/** What a save commits: spread it into the unit of work. */
export interface Saved {
  readonly appends: readonly Append[];
  readonly documents: readonly DocumentChange[];
}

type Finders<State, Field extends string> = {
  readonly [F in Field as `findBy${Capitalize<F>}`]: (
    value: string | number | null,
    options?: WhereOptions,
  ) => Need<readonly Kept<State>[]>;
};

export type Repository<State, Field extends string> = Finders<State, Field> & {
  /** Belong to the service's collections. */
  readonly collections: readonly Collection<any>[];
  findById(id: string): Need<Kept<State> | undefined>;
  /**
   * The events of a new aggregate (its id) or of one that was loaded, with the documents it is
   * found by. Committed at exactly the version that was loaded: else CONFLICT, and the unit runs
   * again.
   */
  save(what: string | Kept<State>, events: readonly EventValue[]): Saved;
};

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);

/**
 * Finders and `save` over a decider's streams. The look-up documents are changed in the commit
 * of the events, so what is found is never behind.
 *
 * @example
 * const carts = repository(cart, { name: 'cart', find: { customerId: (one) => one.customerId } });
 * // load: ({ input }) => ({ mine: carts.findByCustomerId(input.customerId) })
 * // decide: ({ loaded }) => ({ ...carts.save(loaded.mine[0]!, events), reply })
 */
export function repository<State, Field extends string = never>(
  of: Folding<State>,
  options: RepositoryOptions<State, Field>,
): Repository<State, Field> {
  const { name } = options;
  const find: Finding<State, string> = options.find ?? {};
  const fields = Object.keys(find);
  const index = collection<Record<string, string | number | null>>(`${name}.index`, {
    indexes: fields,
  });
  const kept = options.snapshots && snapshots(of, { name, ...options.snapshots });
  const streamOf = (id: string) => `${name}/${id}`;

  const load = (id: string): Need<Kept<State>> => {
    const stream = streamOf(id);
    if (kept) return map(kept.state(stream), (found) => ({ id, ...found }));
    return map(state(of, stream), (found) => ({ id, ...found, snapshot: 0 }));
  };

  const values = (now: State) =>
    Object.fromEntries(fields.map((field) => [field, find[field]?.(now) ?? null]));

  const indexed = (before: Kept<State>, events: readonly EventValue[]): DocumentChange[] => {
    if (fields.length === 0) return [];
    const now = values(fold(of, events, before.state));
    const was = before.version === 0 ? {} : values(before.state);
    return fields.some((field) => now[field] !== was[field]) ? [put(index, before.id, now)] : [];
  };

  const finders = fields.map((field) => [
    `findBy${capital(field)}`,
    (value: string | number | null, more?: WhereOptions) =>
      andThen(where(index, field, value, more), (found) => each(found.map(({ id }) => load(id)))),
  ]);

  return {
    ...Object.fromEntries(finders),
    collections: [...(fields.length > 0 ? [index] : []), ...(kept ? [kept.collection] : [])],
    findById: (id: string) => map(load(id), (found) => (found.version === 0 ? undefined : found)),
    save(what: string | Kept<State>, events: readonly EventValue[]): Saved {
      const before =
        typeof what === 'string' ? { id: what, state: of.initial, version: 0, snapshot: 0 } : what;
      const stream = streamOf(before.id);
      return {
        appends: [append(stream, events, before.version)],
        documents: [...indexed(before, events), ...(kept?.taken(stream, before, events) ?? [])],
      };
    },
  } as unknown as Repository<State, Field>;
}

/** Several needs as one, in their order. */
function each<T>(needs: readonly Need<T>[]): Need<readonly T[]> {
  const nothing: Need<T[]> = map(
    { kind: 'many', collection: collection('none'), ids: [] },
    () => [],
  );
  return needs.reduce<Need<T[]>>(
    (before, need) => andThen(before, (all) => map(need, (found) => [...all, found])),
    nothing,
  );
}
