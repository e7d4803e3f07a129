// What are documents, and how does a unit of work change them?
import type { Personal } from '../contract/index.ts';
import { badDefinition } from '../error/index.ts';

/** A set of JSON documents of one shape in a service's own store. */
export interface Collection<T> {
  readonly name: string;
  /** Top-level fields that `where` can look up. */
  readonly indexes: readonly string[];
  readonly personal: Personal | undefined;
  /** The field that says when a document has ended, milliseconds since 1970; then it goes. */
  readonly ends: string | undefined;
  /** Only for the type. */
  readonly shape?: T;
}

export interface Document<T> {
  readonly id: string;
  /** 1 on insert, +1 on each change. */
  readonly revision: number;
  readonly data: T;
}

export interface DocumentChange<T = any> {
  readonly collection: Collection<T>;
  readonly id: string;
  /** `undefined` removes the document. */
  readonly data: T | undefined;
  /** The revision that must be stored now; 0 = must not exist; undefined = whatever it is. */
  readonly expected: number | undefined;
}

const NAME = /^[a-z][\w.]*$/i;

/** Declares a collection: `collection<Stock>('stock', { indexes: ['sku'] })`. */
export function collection<T>(
  name: string,
  options: {
    readonly indexes?: readonly (keyof T & string)[];
    /**
     * A top-level field with a time, milliseconds since 1970, after which a document is of no use:
     * it is deleted in the background a minute later or more. One without the field stays.
     */
    readonly ends?: keyof T & string;
    readonly personal?: {
      readonly subject: keyof T & string;
      readonly fields: readonly (keyof T & string)[];
    };
  } = {},
): Collection<T> {
  const { indexes = [], personal, ends } = options;
  const fields = ends === undefined ? indexes : [...indexes, ends];
  for (const text of [name, ...fields])
    if (!NAME.test(text)) badDefinition(`'${text}' is no collection or field name`);
  for (const field of fields)
    if (personal?.fields.includes(field as never))
      badDefinition(`${name}.${field} is personal: an index would only see it sealed`);
  return Object.freeze({ name, indexes, personal, ends });
}

/** Inserts or replaces a document. With `expected`, only at that revision. */
export function put<T>(
  into: Collection<T>,
  id: string,
  data: T,
  expected?: number,
): DocumentChange<T> {
  return { collection: into, id, data, expected };
}

/** Removes a document; removing what is absent is fine. */
export function remove<T>(from: Collection<T>, id: string, expected?: number): DocumentChange<T> {
  return { collection: from, id, data: undefined, expected };
}
