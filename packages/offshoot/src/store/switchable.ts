// How does a running service get another store under its feet, without a unit that fails?
import { OffshootError } from '../error/index.ts';
import type { Runtime } from '../runtime/index.ts';
import type { RowName } from './rows.ts';
import type { Attempt, Change, Store } from './store.ts';

/** A store that stands before another one, which may be exchanged. */
export interface Switchable {
  /** What everybody holds. */
  readonly store: Store;
  /** The one behind it now. */
  readonly inner: Store;
  /** From now on it notes which documents are written. */
  watch(): Watch;
  /**
   * Nothing reads or writes until `release`: who comes waits, and whoever has read before and has not
   * staged runs again (CONFLICT). After `msMax` they are refused instead, with UNAVAILABLE.
   */
  hold(msMax: number): Hold;
}

export interface Watch {
  /** The documents that were written since it was last asked, all of them durable or gone. */
  take(): Promise<readonly RowName[]>;
  stop(): void;
}

export interface Hold {
  /** Goes on, with `next` if it is given. Resolves when nobody reads from the one before any more. */
  release(next?: Store): Promise<void>;
}

interface Gate {
  readonly opened: Promise<void>;
  open(): void;
  refuse(error: OffshootError): void;
}

const READS_MS_MAX = 2_000;

function closedGate(): Gate {
  let open!: () => void;
  let refuse!: (error: OffshootError) => void;
  const opened = new Promise<void>((yes, no) => {
    open = yes;
    refuse = no;
  });
  opened.catch(() => {}); // those who wait see it; nobody waiting is no crash
  return { opened, open, refuse };
}

/** How many reads are under way. */
function readCount() {
  let count = 0;
  let onIdle = (): void => {};
  const ended = (): void => {
    count -= 1;
    if (count === 0) onIdle();
  };
  return {
    counted<T>(value: T): T {
      if (value instanceof Promise) {
        count += 1;
        value.then(ended, ended);
      }
      return value;
    },
    async idle(runtime: Runtime): Promise<void> {
      if (count === 0) return;
      const over = new AbortController();
      const late = runtime.sleep(READS_MS_MAX, over.signal).catch(() => {});
      const done = new Promise<void>((resolve) => {
        onIdle = resolve;
      });
      await Promise.race([late, done]);
      over.abort();
    },
  };
}

const conflict = () =>
  new OffshootError('CONFLICT', 'the store changes places; run the unit again');

/**
 * A switch is to everybody what a failed flush is: `failures` grows, and what was read before is no
 * basis any more. So a unit loads again, from the store that is there then.
 */
export function switchable(first: Store, runtime: Runtime): Switchable {
  let inner = first;
  let offset = 0;
  let gate: Gate | undefined;
  let noted: Map<string, RowName> | undefined;
  let reads = readCount();
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };
  let unsubscribe = inner.onDurable(tell);
  const failures = (): number => offset + inner.failures;

  const stage = (change: Change, basis: number, by: Pick<Attempt, 'stage'>) => {
    if (basis !== failures()) throw conflict();
    if (gate) return gate.opened.then(() => store.stage(change, basis));
    const done = by.stage(change, basis - offset);
    if (noted)
      for (const { collection, id } of change.documents)
        noted.set(`${collection.name}\0${id}`, { collection: collection.name, id });
    return done;
  };

  /** Where the store answers in the turn: one for all units. */
  const inTurn: Attempt = {
    load: (need) => store.load(need),
    stage: (change, basis) => stage(change, basis, inner),
  };
  const attemptNow = (): Attempt => {
    const own = inner.attempt?.();
    if (!own) return inTurn;
    const { counted } = reads;
    return {
      load: (need) => counted(own.load(need)),
      stage: (change, basis) => stage(change, basis, own),
      ...(own.holds && { holds: () => own.holds!() }),
    };
  };
  const attemptLater = (opened: Promise<void>): Attempt => {
    let made: Attempt | undefined;
    const own = opened.then(() => {
      made ??= attemptNow();
      return made;
    });
    own.catch(() => {});
    return {
      load: async (need) => (await own).load(need),
      stage: async (change, basis) => (await own).stage(change, basis),
      holds: async () => (await (await own).holds?.()) ?? true,
    };
  };

  const store: Store = {
    get identity() {
      return inner.identity;
    },
    get epoch() {
      return inner.epoch;
    },
    get epochs() {
      return inner.epochs;
    },
    get failures() {
      return failures();
    },
    load: (need) =>
      gate ? gate.opened.then(() => store.load(need)) : reads.counted(inner.load(need)),
    stage: (change, basis) => stage(change, basis, inner),
    attempt: () => (gate ? attemptLater(gate.opened) : attemptNow()),
    settled: () => (gate ? gate.opened.then(() => inner.settled()) : inner.settled()),
    head: () => inner.head(),
    readLog: (after, limit, only) => reads.counted(inner.readLog(after, limit, only)),
    ...(first.readFacts && {
      readFacts: (after, limit) => reads.counted(inner.readFacts!(after, limit)),
    }),
    onDurable(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close: () => inner.close(),
  };

  const exchange = (next: Store): void => {
    offset = failures() - next.failures;
    unsubscribe();
    inner = next;
    reads = readCount();
    unsubscribe = inner.onDurable(tell);
  };

  return {
    store,
    get inner() {
      return inner;
    },
    watch() {
      noted = new Map();
      return {
        async take() {
          const taken = noted ?? new Map<string, RowName>();
          noted = new Map();
          await inner.settled().catch(() => {}); // what was staged by now is in the database, or gone
          return [...taken.values()];
        },
        stop() {
          noted = undefined;
        },
      };
    },
    hold(msMax) {
      const closed = closedGate();
      gate = closed;
      offset += 1;
      const message = 'the store is changing places and takes longer than it should; try again';
      const cancel = runtime.after(msMax, () =>
        closed.refuse(new OffshootError('UNAVAILABLE', message)),
      );
      return {
        async release(next) {
          if (gate !== closed) return;
          cancel();
          const before = reads;
          if (next) exchange(next);
          gate = undefined;
          closed.open();
          if (!next) return;
          tell(); // a listener that came too late to the one before looks again
          await before.idle(runtime);
        },
      };
    },
  };
}
