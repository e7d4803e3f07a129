// How are many changes of rows read back before they are written, and then written once?
import { OffshootError } from '../error/index.ts';
import type { Collection, Document, DocumentChange, Need, Store } from '../store/index.ts';

/** Rows in memory before the store: nobody else writes them meanwhile. */
export interface Overlay {
  /** What the need describes, changes that are not staged yet included. */
  load(need: Need<any>): any;
  put(changes: readonly DocumentChange[]): void;
  /** Rows that differ from what is stored or staged. */
  readonly dirty: number;
  /** The last change of each such row; from now on they count as staged. */
  take(): DocumentChange[];
  /** Nothing is known any more: a flush failed. */
  forget(): void;
}

interface Held {
  document: Document<any> | undefined;
  isDirty: boolean;
}

const HELD_MAX = 20_000; // rows remembered beyond a commit, because the next events may touch them

/** `stageNow` is called before a look-up by index, which only the store can answer. */
export function overlay(store: Store, stageNow: () => void): Overlay {
  const held = new Map<Collection<any>, Map<string, Held>>();
  let size = 0;
  let dirty = 0;

  const rows = (of: Collection<any>): Map<string, Held> => {
    let found = held.get(of);
    if (!found) {
      found = new Map();
      held.set(of, found);
    }
    return found;
  };

  const remember = (of: Map<string, Held>, id: string, document: Held['document']): any => {
    of.set(id, { document, isDirty: false });
    size += 1;
    return document;
  };

  const one = (of: Collection<any>, id: string): any => {
    const known = rows(of);
    const row = known.get(id);
    if (row) return row.document;
    return then(store.load({ kind: 'one', collection: of, id }), (document) =>
      remember(known, id, document as Held['document']),
    );
  };

  const load = (need: Need<any>): any => {
    switch (need.kind) {
      case 'one':
        return one(need.collection, need.id);
      case 'many':
        return all(need.ids.map((id) => one(need.collection, id)));
      case 'where':
        if (dirty > 0) stageNow();
        return store.load(need);
      case 'then':
        return then(load(need.first), (value) => load(need.next(value)));
      case 'map':
        return then(load(need.first), need.change);
      default:
        return store.load(need);
    }
  };

  const change = ({ collection, id, data, expected }: DocumentChange): void => {
    const known = rows(collection);
    let row = known.get(id);
    const revision = row?.document?.revision ?? 0;
    if (expected !== undefined && (!row || revision !== expected)) {
      const message = `${collection.name} ${id} is at revision ${revision}, not ${expected}: load it to say so`;
      throw new OffshootError('INTERNAL_ERROR', message);
    }
    if (!row) {
      row = { document: undefined, isDirty: false };
      known.set(id, row);
      size += 1;
    }
    row.document = data === undefined ? undefined : { id, revision: revision + 1, data };
    if (!row.isDirty) dirty += 1;
    row.isDirty = true;
  };

  const forget = (): void => {
    held.clear();
    size = 0;
    dirty = 0;
  };

  return {
    load,
    put(changes) {
      for (const one of changes) change(one);
    },
    get dirty() {
      return dirty;
    },
    take() {
      const taken: DocumentChange[] = [];
      for (const [collection, known] of held)
        for (const [id, row] of known) {
          if (!row.isDirty) continue;
          row.isDirty = false;
          taken.push({ collection, id, data: row.document?.data, expected: undefined });
        }
      dirty = 0;
      if (size > HELD_MAX) forget();
      return taken;
    },
    forget,
  };
}

/** The same turn where the store is synchronous. */
function then<A, B>(value: A | Promise<A>, next: (value: A) => B): B | Promise<Awaited<B>> {
  return value instanceof Promise ? (value.then(next) as Promise<Awaited<B>>) : next(value);
}

function all<T>(values: readonly (T | Promise<T>)[]): readonly T[] | Promise<readonly T[]> {
  return values.some((one) => one instanceof Promise)
    ? Promise.all(values)
    : (values as readonly T[]);
}
