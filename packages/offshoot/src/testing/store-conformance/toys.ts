// What do the store's checks write: which documents, events and people?
import assert from 'node:assert/strict';
import type { EventValue } from '../../contract/index.ts';
import { OffshootError } from '../../error/index.ts';
import {
  type Append,
  append,
  type Change,
  collection,
  type DocumentChange,
  type Need,
  type Store,
} from '../../store/index.ts';
import { testStamp } from '../bench.ts';
import type { OpenedStore, OpenStore, StoreFeatures } from '../store-under-test.ts';

export interface Toy {
  readonly colour: string;
  readonly size: number;
}
export interface Owner {
  readonly personId: string;
  readonly name: string;
  readonly town: string;
}

export const toys = collection<Toy>('toys', { indexes: ['colour'] });
export const owners = collection<Owner>('owners', {
  indexes: ['town'],
  personal: { subject: 'personId', fields: ['name'] },
});

/** Some of them end. */
export const ends = collection<{ readonly until?: number }>('tickets', { ends: 'until' });

/** An adapter under test opens its store with these. */
export const STORE_CONFORMANCE_COLLECTIONS = [toys, owners, ends] as const;

/** A public event about `key`. */
export const made = (key: string, data: unknown = { n: 1 }): EventValue => ({
  type: 'toy.made',
  schema: 1,
  public: true,
  key,
  data,
});

/** A public event with a personal field. */
export const bought = (personId: string, name: string): EventValue => ({
  ...made(personId, { personId, name }),
  type: 'toy.bought',
  personal: { subject: 'personId', fields: ['name'] },
});

export function change(
  appends: readonly Append[],
  documents: readonly DocumentChange[] = [],
): Change {
  return { appends, documents, stamp: testStamp(1_000) };
}

export const makes = (key: string, expected?: number) =>
  change([append(`toy/${key}`, [made(key)], expected)]);

export const load = async <T>(store: Store, need: Need<T>): Promise<T> => store.load(need);

/** Stages on the current basis. Throws as `stage` does. */
export const stage = (store: Store, what: Change) => store.stage(what, store.failures);

export function isConflict(error: unknown): boolean {
  assert.ok(error instanceof OffshootError, String(error));
  assert.equal(error.code, 'CONFLICT');
  return true;
}

/** A change is refused: in the turn where the store answers in it, else by what `stage` promised. */
export async function refuses(
  { deferred = false }: StoreFeatures,
  run: () => Promise<unknown>,
  expected: assert.AssertPredicate = Error,
): Promise<void> {
  if (deferred) await assert.rejects(async () => run(), expected);
  else assert.throws(run, expected);
}

/** Runs a check on a fresh store and closes it whatever happens. */
export const on =
  (open: OpenStore, body: (opened: OpenedStore) => Promise<void>) => async (): Promise<void> => {
    const opened = await open();
    try {
      await body(opened);
    } finally {
      await opened.close();
    }
  };
