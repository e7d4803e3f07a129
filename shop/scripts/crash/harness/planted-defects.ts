// Which mistakes must be found? A harness that makes one of them, each in one place.
import { type Change, type Collection, leases, type Store } from 'offshoot/store';

export const DEFECTS = [
  /** An answer leaves before its unit is on the disk. */
  'answers-before-the-flush',
  /** What was answered to a key is not kept. */
  'forgets-replies',
  /** That an event was handled is not kept. */
  'no-inbox',
  /** Who is fenced off opens the store anew and writes on. */
  'takes-the-fence-back',
  /** Sagas that a dead process began are carried by nobody. */
  'leaves-sagas',
] as const;
export type Defect = (typeof DEFECTS)[number];

/** The store with the defect; `reopen` opens the same files once more. */
export function withDefect(store: Store, defect: Defect | undefined, reopen: () => Store): Store {
  switch (defect) {
    case 'answers-before-the-flush':
      return hasty(store);
    case 'forgets-replies':
      return without(store, ({ name }) => name.endsWith('_replies'));
    case 'no-inbox':
      return without(store, ({ name }) => /^offshoot\.(inbox|floors)$/.test(name));
    case 'takes-the-fence-back':
      return stubborn(store, reopen);
    default:
      return store;
  }
}

function hasty(store: Store): Store {
  return {
    ...delegating(() => store),
    async stage(change, basis) {
      store.stage(change, basis).catch(() => {});
      return { position: store.head() };
    },
    settled: async () => {},
  };
}

function without(store: Store, isDropped: (of: Collection<any>) => boolean): Store {
  const kept = (change: Change): Change => ({
    ...change,
    documents: change.documents.filter(({ collection }) => !isDropped(collection)),
  });
  return { ...delegating(() => store), stage: (change, basis) => store.stage(kept(change), basis) };
}

function stubborn(store: Store, reopen: () => Store): Store {
  let current = store;
  const isFenced = (error: unknown) => (error as { code?: string }).code === 'FENCED';
  return {
    ...delegating(() => current),
    async stage({ fences: _fences, ...change }, basis) {
      const without = { ...change, documents: change.documents.filter(notALease) };
      try {
        return await current.stage(without, basis);
      } catch (error) {
        if (!isFenced(error)) throw error;
        current = reopen();
        return current.stage(without, current.failures);
      }
    },
  };
}

const notALease = ({ collection }: { readonly collection: Collection<any> }) =>
  collection.name !== leases.name;

/** Not a copy: what a store says of itself changes. */
function delegating(current: () => Store): Store {
  return {
    get identity() {
      return current().identity;
    },
    get epoch() {
      return current().epoch;
    },
    get epochs() {
      return current().epochs;
    },
    get failures() {
      return current().failures;
    },
    load: (need) => current().load(need),
    stage: (change, basis) => current().stage(change, basis),
    settled: () => current().settled(),
    head: () => current().head(),
    readLog: (after, limit, only) => current().readLog(after, limit, only),
    onDurable: (listener) => current().onDurable(listener),
    close: () => current().close(),
  };
}
