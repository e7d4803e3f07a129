// How do events that users write inside their own transactions get into the log?
import type { EventValue } from 'offshoot/contract';
import { asOffshootError } from 'offshoot/error';
import type { Runtime } from 'offshoot/runtime';
import { append, type Change } from 'offshoot/store';
import type { Connection, Row, Statement } from './connection.ts';
import { outboxFloor } from './outbox-floor.ts';

export interface OutboxMover {
  /** There may be something. */
  wake(): void;
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
const ROWS: Statement = {
  name: 'outbox',
  text: `SELECT id, event, type, key, data, schema, correlation, floor(extract(epoch FROM at) * 1000)::bigint
    FROM offshoot_outbox WHERE id > $1 ORDER BY id LIMIT ${PAGE}`,
};

/** Who has written and may write more, or may commit. */
const WRITING: Statement = {
  name: 'writing',
  text: `SELECT DISTINCT virtualtransaction FROM pg_locks WHERE locktype = 'relation'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND relation = 'offshoot_outbox'::regclass AND mode = 'RowExclusiveLock'`,
};

/**
 * Takes what is visible and removes it in the commit that writes it to the log. Whatever is not
 * visible yet is there at a later look, however low its number: nothing is skipped, and an idle
 * transaction holds nobody up. What one transaction waited for another to commit comes after it.
 */
export function outboxMover(options: OutboxMoverOptions): OutboxMover {
  const { runtime, connection, move, service } = options;
  const floor = outboxFloor(runtime);
  let moving: Promise<void> | undefined;
  let isCalled = false;
  /** Some below the floor have become visible: looks begin at the first row until all are taken. */
  let isBelow = false;
  let stopped = false;

  const writing = async () => {
    const rows = await connection.run(WRITING, []);
    return new Set(rows.map(([transaction]) => transaction!));
  };

  /** A later row of the same key is visible only after the open transaction has ended and let go. */
  const visible = async (): Promise<readonly Row[]> => {
    if (isBelow) return connection.run(ROWS, [0]);
    const rows = await connection.run(ROWS, [floor.from]);
    if (floor.open.size === 0 || !floor.hasMissed(await writing())) return rows;
    isBelow = true;
    return connection.run(ROWS, [0]);
  };

  const take = async (rows: readonly Row[]): Promise<void> => {
    const changes = rows.map((row) => changeOf(row, service));
    await move(
      changes,
      rows.map(([id]) => id!),
    );
  };

  /** Whether there may be more: as many as fit were taken, or another process took some of them. */
  const look = async (): Promise<boolean> => {
    const highest = floor.due();
    const mark = highest === undefined ? undefined : { highest, writing: await writing() };
    const rows = await visible();
    const isFull = rows.length === PAGE;
    if (stopped) return false;
    if (rows.length > 0) {
      floor.saw(Number(rows.at(-1)![0]));
      try {
        await take(rows);
      } catch (error) {
        if (asOffshootError(error).code !== 'CONFLICT') throw error;
        await runtime.sleep(YIELD_MS * (0.5 + runtime.random()));
        return true;
      }
    }
    if (isFull) return true;
    isBelow = false;
    if (mark) floor.taken(mark);
    return false;
  };

  const run = async (): Promise<void> => {
    while (isCalled && !stopped) {
      isCalled = false;
      if (await look()) isCalled = true;
    }
  };

  return {
    wake() {
      isCalled = true;
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
