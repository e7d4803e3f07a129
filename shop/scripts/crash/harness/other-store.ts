// How is something of a store changed, and all the rest of it left as it is?
import type { Change, Store } from 'offshoot/store';

/**
 * A store that does as `current` says, but for what is `over`. What a store says of itself changes,
 * and `current` may be another one later: a copy would not know.
 */
export function otherStore(current: () => Store, over: Partial<Store>): Store {
  const same: Store = {
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
  return Object.assign(same, over);
}

/** The same store, every change of it altered before it is staged. */
export function altered(store: Store, alter: (change: Change) => Change): Store {
  const attempt = store.attempt && (() => store.attempt!());
  return otherStore(() => store, {
    stage: (change, basis) => store.stage(alter(change), basis),
    ...(attempt && {
      attempt() {
        const own = attempt();
        return {
          load: (need) => own.load(need),
          stage: (change, basis) => own.stage(alter(change), basis),
        };
      },
    }),
  });
}
