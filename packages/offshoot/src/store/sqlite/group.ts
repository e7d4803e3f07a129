// How do many units share one physical commit?
import { OffshootError } from '../../error/index.ts';
import type { Database, Runtime } from '../../runtime/index.ts';

export interface Group {
  /** Opens the turn's transaction if it is not open. Call before the first write. */
  enter(): void;
  /** Resolves after the flush of the open group; at once when none is open. */
  settled(): Promise<void>;
  readonly failures: number;
  /** Commits what is staged, now. */
  flush(): void;
  /** Rolls the open group back, at once: everybody in it gets CONFLICT. Throws that CONFLICT. */
  abort(cause: unknown): never;
}

interface Open {
  readonly done: Promise<void>;
  resolve(): void;
  reject(error: unknown): void;
}

function pending(): Open {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const done = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  done.catch(() => {}); // whoever waits on it sees the failure; nobody waiting is no crash
  return { done, resolve, reject };
}

/**
 * One transaction a turn: BEGIN at the first write, COMMIT at the end of the turn, ROLLBACK as
 * failure. All who staged into it wait for the same flush (group commit: DeWitt et al., 1984).
 */
export function group(
  database: Database,
  runtime: Runtime,
  on: { begun(): void; flushing(): void; committed(): void; rolledBack(): void },
): Group {
  let open: Open | undefined;
  let failures = 0;
  const settledNow = Promise.resolve();

  const fail = (cause: unknown, waiting: Open): OffshootError => {
    failures += 1;
    const message = 'the store could not flush; nothing of it happened, run the unit again';
    const error = new OffshootError('CONFLICT', message, { cause });
    try {
      if (database.inTransaction) database.exec('ROLLBACK');
    } finally {
      on.rolledBack();
      waiting.reject(error); // also when the disk refuses the rollback: nobody waits for ever
    }
    return error;
  };

  const flush = (): void => {
    const waiting = open;
    if (!waiting) return;
    open = undefined;
    try {
      on.flushing();
      database.exec('COMMIT');
    } catch (cause) {
      fail(cause, waiting);
      return;
    }
    on.committed();
    waiting.resolve();
  };

  const begin = (): void => {
    try {
      database.exec('BEGIN IMMEDIATE');
    } catch (cause) {
      const message = 'the store could not begin: is another process writing to its file?';
      throw new OffshootError('UNAVAILABLE', message, { cause });
    }
    try {
      on.begun();
    } catch (refused) {
      database.exec('ROLLBACK');
      throw refused;
    }
  };

  return {
    enter() {
      if (open) return;
      begin();
      open = pending();
      runtime.endOfTurn(flush);
    },
    settled: () => open?.done ?? settledNow,
    get failures() {
      return failures;
    },
    flush,
    abort(cause) {
      const waiting = open ?? pending();
      open = undefined;
      throw fail(cause, waiting);
    },
  };
}
