// How do events that users write inside their own transactions get into the log?
import type { EventValue } from 'offshoot/contract';
import { append, type Change } from 'offshoot/store';
import type { Connection, Row, Statement } from './connection.ts';

export interface OutboxMover {
  /** There may be something. */
  wake(): void;
  /** Resolves when what is under way is done. */
  idle(): Promise<void>;
  stop(): void;
}

export interface OutboxMoverOptions {
  readonly connection: Connection;
  /** Commits the events, and that these rows are gone, together; rejects when another was faster. */
  readonly move: (changes: readonly Change[], rows: readonly string[]) => Promise<void>;
  readonly service: string;
}

const PAGE = 500;
const ROWS: Statement = {
  name: 'outbox',
  text: `SELECT id, event, type, key, data, schema, correlation, floor(extract(epoch FROM at) * 1000)::bigint
    FROM offshoot_outbox ORDER BY id LIMIT ${PAGE}`,
};

/**
 * Takes what is visible and removes it in the commit that writes it to the log. Whatever is not
 * visible yet is there at the next look, however low its number: nothing is skipped, and an idle
 * transaction holds nobody up. What one transaction waited for another to commit comes after it.
 */
export function outboxMover({ connection, move, service }: OutboxMoverOptions): OutboxMover {
  let moving: Promise<void> | undefined;
  let again = false;
  let stopped = false;

  const run = async (): Promise<void> => {
    do {
      again = false;
      const rows = await connection.run(ROWS, []);
      if (rows.length === 0 || stopped) continue;
      await move(
        rows.map((row) => changeOf(row, service)),
        rows.map(([id]) => id!),
      );
      if (rows.length === PAGE) again = true;
    } while (again && !stopped);
  };

  return {
    wake() {
      again = true;
      if (stopped || moving) return;
      moving = run()
        .catch(() => {}) // another process was faster, or the database is away: it is looked at again
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
