// How are rows of a store that comes from elsewhere written into a new file?
import { OffshootError } from '../../error/index.ts';
import type { Database } from '../../runtime/index.ts';
import { ENTRY_FORMAT } from '../entry.ts';
import type { EntryRow, RowFacts, RowTarget } from '../rows.ts';
import { openForBusiness } from './move-marks.ts';
import { rowCounts } from './row-counts.ts';
import { makeMovingSchema } from './schema.ts';
import { entrySum } from './stored-entry.ts';
import { makeTable, tableOf } from './tables.ts';

const COLUMNS =
  'seq, epoch, format, unit, stream, version, id, type, schema, at, key, correlation, causation, actor, tenant, subject, public, previous_epoch, previous_seq, data, meta, sum';

export interface SqliteRowTargetOptions {
  /** Of an empty file; it is closed with `complete` or `close`. */
  readonly database: Database;
  readonly service: string;
  readonly facts: Pick<RowFacts, 'identity' | 'epochs'>;
  /** The move's own. */
  readonly id: string;
  readonly crc32: (text: string) => number;
  /** Removes the file. */
  readonly remove: () => void;
}

/** Flushes only once, at the end: until then the file is worth nothing. */
export function sqliteRowTarget(options: SqliteRowTargetOptions): RowTarget {
  const { database, service, facts, id, crc32 } = options;
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;');
  makeMovingSchema(database, service, facts);
  const places = COLUMNS.replace(/\w+/g, '?');
  const insert = database.prepare(`INSERT INTO log (${COLUMNS}) VALUES (${places})`);
  const setHead = database.prepare(
    'INSERT INTO heads VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET epoch = excluded.epoch, seq = excluded.seq',
  );
  const tables = new Set<string>();
  let last = 0;
  let isOpen = true;

  const close = (): void => {
    if (isOpen) database.close();
    isOpen = false;
  };

  const tableFor = (collection: string): string => {
    if (!tables.has(collection)) makeTable(database, collection);
    tables.add(collection);
    return tableOf(collection);
  };

  const insertEntry = (one: EntryRow): void => {
    if (one.seq !== last + 1 || entrySum(crc32, one) !== one.sum)
      throw new OffshootError('STORE_CORRUPT', `entry ${one.seq} of ${service} is damaged`);
    const said = [one.type, one.schema, one.at, one.key, one.correlation, one.causation];
    const who = [one.actor, one.tenant, one.subject ?? null, one.public ? 1 : 0];
    const before = [one.previous?.epoch ?? null, one.previous?.seq ?? null];
    const place = [one.seq, one.epoch, ENTRY_FORMAT, one.unit, one.stream, one.version, one.id];
    insert.run(...place, ...said, ...who, ...before, one.data, one.meta, one.sum);
    if (one.public) setHead.run(one.key, one.epoch, one.seq);
    last = one.seq;
  };

  return {
    async write({ entries = [], documents = [], removed = [] }) {
      const before = last;
      database.exec('BEGIN');
      try {
        for (const one of entries) insertEntry(one);
        for (const { collection, id, revision, text } of documents)
          database
            .prepare(`INSERT OR REPLACE INTO ${tableFor(collection)} VALUES (?, ?, ?)`)
            .run(id, revision, text);
        for (const { collection, id } of removed)
          database.prepare(`DELETE FROM ${tableFor(collection)} WHERE id = ?`).run(id);
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        tables.clear();
        last = before;
        throw error;
      }
    },
    count: async (isCounted) => rowCounts(database, isCounted),
    async complete() {
      database.exec('PRAGMA synchronous = FULL; PRAGMA wal_checkpoint(TRUNCATE);');
      openForBusiness(database, id);
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      close();
    },
    async abandon() {
      close();
      options.remove();
    },
    close: async () => close(),
  };
}
