// Which mistakes must be found? A harness that makes one of them, each in one place.
import { type Change, type Collection, leases, type Store } from 'offshoot/store';
import { altered, otherStore } from './other-store.ts';

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

/** Each waits for the file's lock as well. */
const TRIES_MAX = 100;
const PAUSE_MS = 5;

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
  return otherStore(() => store, {
    async stage(change, basis) {
      store.stage(change, basis).catch(() => {});
      return { position: store.head() };
    },
    settled: async () => {},
  });
}

function without(store: Store, isDropped: (of: Collection<any>) => boolean): Store {
  return altered(store, (change) => ({
    ...change,
    documents: change.documents.filter(({ collection }) => !isDropped(collection)),
  }));
}

function stubborn(store: Store, reopen: () => Store): Store {
  let current = store;
  let taking: Promise<void> | undefined;
  /** As soon as the other is not in the middle of a write. */
  const takeBack = async (): Promise<void> => {
    for (let tries = 1; ; tries += 1) {
      try {
        current = reopen();
        return;
      } catch (error) {
        if (tries === TRIES_MAX) throw error;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    }
  };
  /** Once for all who were fenced off together: each time it is opened fences off who had it before. */
  const takenBack = (from: Store): Promise<void> => {
    if (current !== from) return Promise.resolve();
    taking ??= takeBack().finally(() => {
      taking = undefined;
    });
    return taking;
  };
  return otherStore(() => current, {
    async stage(change, basis) {
      const asked = current;
      try {
        return await asked.stage(unfenced(change), basis);
      } catch (error) {
        if ((error as { code?: string }).code !== 'FENCED') throw error;
        await takenBack(asked);
        return current.stage(unfenced(change), current.failures);
      }
    },
  });
}

const unfenced = ({ fences: _fences, ...change }: Change): Change => ({
  ...change,
  documents: change.documents.filter(({ collection }) => collection.name !== leases.name),
});
