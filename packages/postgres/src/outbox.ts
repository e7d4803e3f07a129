// How do events that users write inside their own transactions get into the log?
import type { EventValue } from 'offshoot/contract';
import { asOffshootError } from 'offshoot/error';
import type { Runtime } from 'offshoot/runtime';
import { append, type Change } from 'offshoot/store';
import type { Connection, Row, Statement } from './connection.ts';

export interface OutboxMover {
  /** There may be something; `everywhere`: also of transactions that took long. */
  wake(everywhere: boolean): void;
  /** Resolves when what is under way is done. */
  idle(): Promise<void>;
  stop(): void;
}

export interface OutboxMoverOptions {
  readonly runtime: Runtime;
  readonly connection: Connection;
  /** Commits the events, and that these rows are gone, together; rejects when another was faster. */
  readonly move: (changes: readonly Change[], rows: readonly string[]) => Promise<void>;
  readonly service: string;
}

const PAGE = 500;
const YIELD_MS = 20; // somebody else moves them, too: two at once do everything twice
const USUAL_MS = 2_000; // transactions that take longer are found by the next look everywhere
const ROWS: Statement = {
  name: 'outbox',
  text: `SELECT id, event, type, key, data, schema, correlation, floor(extract(epoch FROM at) * 1000)::bigint
    FROM offshoot_outbox WHERE id > $1 ORDER BY id LIMIT ${PAGE}`,
};

/**
 * Takes what is visible and removes it in the commit that writes it to the log. Whatever is not
 * visible yet is there at a later look, however low its number: nothing is skipped, and an idle
 * transaction holds nobody up. What one transaction waited for another to commit comes after it.
 *
 * An idle transaction also keeps every row that was removed since from being cleaned away. So most
 * looks begin where the newest row was 2 to 4 s ago, and do not pass all of those.
 */
export function outboxMover(options: OutboxMoverOptions): OutboxMover {
  const { runtime, connection, move, service } = options;
  const recently = lately(runtime);
  let moving: Promise<void> | undefined;
  let next: 'nowhere' | 'lately' | 'everywhere' = 'nowhere';
  let stopped = false;

  /** Whether there may be more: as many as fit were taken, or another process took some of them. */
  const look = async (from: number): Promise<boolean> => {
    const rows = await connection.run(ROWS, [from]);
    if (rows.length === 0 || stopped) return false;
    recently.saw(Number(rows.at(-1)![0]));
    try {
      await move(
        rows.map((row) => changeOf(row, service)),
        rows.map(([id]) => id!),
      );
    } catch (error) {
      if (asOffshootError(error).code !== 'CONFLICT') throw error;
      await runtime.sleep(YIELD_MS * (0.5 + runtime.random()));
      return true;
    }
    return rows.length === PAGE;
  };

  const run = async (): Promise<void> => {
    while (next !== 'nowhere' && !stopped) {
      const everywhere = next === 'everywhere';
      next = 'nowhere';
      const isMore = await look(everywhere ? 0 : recently.floor());
      if (isMore && everywhere) next = 'everywhere';
      else if (isMore && next === 'nowhere') next = 'lately';
    }
  };

  return {
    wake(everywhere) {
      if (everywhere) next = 'everywhere';
      else if (next === 'nowhere') next = 'lately';
      if (stopped || moving) return;
      moving = run()
        .catch(() => {}) // the database is away: it is looked at again when it is back
        .finally(() => {
          moving = undefined;
        });
    },
    idle: () => moving ?? Promise.resolve(),
    stop() {
      stopped = true;
    },
  };
}

/** Which number was the highest a while ago? */
function lately({ monotonic }: Runtime) {
  let since = monotonic();
  let before = 0;
  let marked = 0;
  let highest = 0;
  return {
    saw(id: number): void {
      highest = Math.max(highest, id);
    },
    floor(): number {
      const now = monotonic();
      if (now - since >= USUAL_MS) {
        // The one of the last turn is 2 s old; after a long silence the newest one is, too.
        before = now - since >= 2 * USUAL_MS ? highest : marked;
        marked = highest;
        since = now;
      }
      return before;
    },
  };
}

/** A change a row: rows of one transaction are told apart by nothing that is stored. */
function changeOf(row: Row, service: string): Change {
  const [, id, type, key, data, schema, correlation, at] = row;
  const event: EventValue = {
    ...{ type: type!, schema: Number(schema), public: true, key: key! },
    data: JSON.parse(data!),
  };
  return {
    appends: [append(`outbox/${key}`, [event])],
    documents: [],
    stamp: {
      ...{ at: Number(at), actor: `service:${service}`, tenant: '', traceparent: '' },
      ...{ correlation: correlation ?? id!, causation: id! },
    },
  };
}
