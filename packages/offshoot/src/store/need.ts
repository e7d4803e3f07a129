// How does a handler say what it needs from its own store, before it is read?
import type { Collection, Document } from './collection.ts';

/** A stored event, opened. */
export interface StoredEvent<Data = any> {
  readonly id: string;
  readonly type: string;
  readonly schema: number;
  readonly version: number;
  readonly at: number;
  readonly data: Data;
}

export interface StreamRead {
  /** Version of the last event; 0 for a stream that does not exist. */
  readonly version: number;
  readonly events: readonly StoredEvent[];
}

export interface WhereOptions {
  /** @default 100 */
  readonly limit?: number;
  /** Only ids after (or, newest first, before) this one. */
  readonly after?: string;
  /** By id descending. @default false */
  readonly newestFirst?: boolean;
}

type Shape =
  | { readonly kind: 'one'; readonly collection: Collection<any>; readonly id: string }
  | { readonly kind: 'many'; readonly collection: Collection<any>; readonly ids: readonly string[] }
  | {
      readonly kind: 'where';
      readonly collection: Collection<any>;
      /** undefined = every document of the collection. */
      readonly field: string | undefined;
      readonly value: string | number | null;
      readonly options: WhereOptions;
    }
  | {
      readonly kind: 'ended';
      readonly collection: Collection<any>;
      readonly before: number;
      readonly limit: number;
    }
  | { readonly kind: 'stream'; readonly stream: string; readonly after: number }
  | { readonly kind: 'clock' }
  | { readonly kind: 'then'; readonly first: Need<any>; readonly next: (value: any) => Need<any> }
  | { readonly kind: 'map'; readonly first: Need<any>; readonly change: (value: any) => any };

/** A description of something to read: a value, so the same handler runs on any store. */
export type Need<T> = Shape & { readonly result?: T };
export type Needs = Readonly<Record<string, Need<any>>>;
export type Loaded<N> = { readonly [K in keyof N]: N[K] extends Need<infer T> ? T : never };

/** One document, or undefined. */
export const one = <T>(from: Collection<T>, id: string): Need<Document<T> | undefined> => ({
  kind: 'one',
  collection: from,
  id,
});

/** Documents by id, in the order asked; a missing one is undefined. */
export const many = <T>(
  from: Collection<T>,
  ids: readonly string[],
): Need<readonly (Document<T> | undefined)[]> => ({ kind: 'many', collection: from, ids });

/** Documents whose indexed `field` equals `value`, by id. */
export const where = <T>(
  from: Collection<T>,
  field: keyof T & string,
  value: string | number | null,
  options: WhereOptions = {},
): Need<readonly Document<T>[]> => ({ kind: 'where', collection: from, field, value, options });

/** Documents of a collection, by id. */
export const every = <T>(
  from: Collection<T>,
  options: WhereOptions = {},
): Need<readonly Document<T>[]> => ({
  kind: 'where',
  collection: from,
  field: undefined,
  value: null,
  options,
});

/** Which documents ended (`ends` of the collection) before a time, those that ended first first. */
export const ended = <T>(
  from: Collection<T>,
  before: number,
  limit: number,
): Need<readonly Pick<Document<T>, 'id' | 'revision'>[]> => ({
  kind: 'ended',
  collection: from,
  before,
  limit,
});

/** The events of a stream after a version. */
export const streamOf = (stream: string, after = 0): Need<StreamRead> => ({
  kind: 'stream',
  stream,
  after,
});

/** The store's own clock, milliseconds since 1970: the same for all who share the store. */
export const clock = (): Need<number> => ({ kind: 'clock' });

/** Reads `first`, then what `next` makes of it: `andThen(one(a, id), (a) => many(b, ids(a)))`. */
export const andThen = <A, B>(first: Need<A>, next: (value: A) => Need<B>): Need<B> => ({
  kind: 'then',
  first,
  next,
});

/** The same need, its result changed by a pure function. */
export const map = <A, B>(first: Need<A>, change: (value: A) => B): Need<B> => ({
  kind: 'map',
  first,
  change,
});
