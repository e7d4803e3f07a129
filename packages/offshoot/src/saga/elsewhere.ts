// How does a replica hear of sagas that others began, or decided about, and that it carries?
import type { Position, Store } from '../store/index.ts';
import { SAGA_ENTRIES } from './journal.ts';
import type { Pinned } from './share.ts';

export interface ElsewhereOptions {
  readonly store: Pick<Store, 'head' | 'readLog' | 'onDurable'>;
  /** Alone there is nobody to hear of: nothing is read. */
  readonly isAlone: () => boolean;
  readonly owns: (id: string, pinned: Pinned) => boolean;
  readonly wake: (id: string, saga: string) => void;
  /** Told why the log was not read. What is missed so, the next look at all open sagas finds. */
  readonly onMissed: (error: unknown) => void;
}

const PAGE = 500;
const TOLD: ReadonlySet<string> = new Set([
  SAGA_ENTRIES.started,
  SAGA_ENTRIES.decided,
  SAGA_ENTRIES.found,
]);

interface Told {
  readonly saga: string;
  readonly definitionVersion: number;
}

/** Reads the log from its head on, as it grows. Returns what ends it. */
export function elsewhere(options: ElsewhereOptions): () => void {
  const { store, isAlone, owns, wake, onMissed } = options;
  let cursor: Position = store.head();
  let reading = false;
  let wanted = false;
  let stopped = false;

  const read = async (): Promise<void> => {
    while (!stopped && !isAlone()) {
      const { entries, upto } = await store.readLog(cursor, PAGE);
      if (upto.seq === cursor.seq && upto.epoch === cursor.epoch) return;
      cursor = upto;
      for (const { type, key, data } of entries) {
        if (!TOLD.has(type)) continue;
        const { saga, definitionVersion: version } = data as Told;
        if (owns(key, { saga, version })) wake(key, saga);
      }
    }
    cursor = store.head();
  };

  const look = (): void => {
    wanted = reading;
    if (reading) return;
    reading = true;
    read()
      .catch((error: unknown) => {
        cursor = store.head();
        onMissed(error);
      })
      .finally(() => {
        reading = false;
        if (wanted) look(); // the log grew behind the last page
      });
  };

  const unsubscribe = store.onDurable(look);
  return () => {
    stopped = true;
    unsubscribe();
  };
}
